package docs

// ClusterView is how to run several of everything.
type ClusterView struct {
	Frame
	Run, Nodes, Bouncer, Kubernetes, Drain string // what one may copy
}

func clusterPage() ClusterView {
	return ClusterView{
		Frame: Frame{Section: "side-by-side"},
		Run: "processor --addr 0.0.0.0:8080 --public-url https://pay.example --trusted-proxy 10.0.0.0/8 \\\n" +
			"  --amqp-url amqps://processor:$PASSWORD@one:5671/,amqps://processor:$PASSWORD@two:5671/ --amqp-ca ca.pem \\\n" +
			"  --database-url 'postgres://sandbank:…@db:5432/sandbank?sslmode=verify-full&pool_max_conns=20' \\\n" +
			"  --client shop-a:$SECRET:\"Shop A\" --person ann:$PASSWORD:operator --drain 10s\n" +
			"bank --banks SANDNL2A,SLOWDE2A --amqp-url amqps://banks:$PASSWORD@two:5671/,amqps://banks:$PASSWORD@one:5671/ --amqp-ca ca.pem",
		Nodes: "cluster_partition_handling = pause_minority",
		Bouncer: `[databases]
sandbank = host=127.0.0.1 port=5432 dbname=sandbank

[pgbouncer]
pool_mode = session
default_pool_size = 60`,
		Kubernetes: `readinessProbe:
  httpGet: {path: /readyz, port: 8080}
livenessProbe:
  httpGet: {path: /livez, port: 8080}
terminationGracePeriodSeconds: 20   # more than --drain and the 5 s of the end`,
		Drain: `{"status": "not ready", "checks": {"broker": "ok", "database": "ok", "banks": "ok", "process": "about to end"}}`,
	}
}
