package docs

// ProxyView is how to put a proxy in front.
type ProxyView struct {
	Frame
	Run, Nginx, Caddy, Apache, Traefik string // what one may copy
}

// nginx keeps Host, passes the client's address on, and lets WebSockets and
// streams through.
const nginx = `server {
  listen 443 ssl;
  server_name pay.example;
  ssl_certificate     /etc/ssl/pay.example.pem;
  ssl_certificate_key /etc/ssl/pay.example-key.pem;

  location / {
    proxy_pass http://127.0.0.1:8080;
    proxy_http_version 1.1;
    proxy_set_header Host            $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header Upgrade         $http_upgrade;
    proxy_set_header Connection      $connection_upgrade;
    proxy_read_timeout 1h;
  }
}
# outside of server:
map $http_upgrade $connection_upgrade { default upgrade; "" ""; }`

const caddy = `pay.example {
  reverse_proxy 127.0.0.1:8080
}`

const apache = `<VirtualHost *:443>
  ServerName pay.example
  SSLEngine on
  SSLCertificateFile    /etc/ssl/pay.example.pem
  SSLCertificateKeyFile /etc/ssl/pay.example-key.pem
  ProxyPreserveHost On
  ProxyPass / http://127.0.0.1:8080/ upgrade=websocket flushpackets=on timeout=3600
</VirtualHost>`

const traefik = `http:
  routers:
    sandbank: {rule: "Host(` + "`pay.example`" + `)", service: sandbank, tls: {certResolver: yours}}
  services:
    sandbank:
      loadBalancer:
        passHostHeader: true
        servers: [{url: "http://127.0.0.1:8080"}]`

func behindProxy() ProxyView {
	return ProxyView{
		Frame: Frame{Section: "proxy"},
		Run: "processor --addr 127.0.0.1:8080 --public-url https://pay.example --trusted-proxy 127.0.0.1/32 \\\n" +
			"  --client shop-a:$SECRET:\"Shop A\" --person ann:$PASSWORD:operator --data /var/lib/sandbank",
		Nginx: nginx, Caddy: caddy, Apache: apache, Traefik: traefik,
	}
}
