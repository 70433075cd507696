package docs

// TestsView is how tests in any language have a Sandbank.
type TestsView struct {
	Frame
	Line, FD, File, Health, Node, Python, Browser, GitHub, GitLab, Go string // what one may copy
	Fields                                                            []Worded
}

func testsPage() TestsView {
	return TestsView{
		Frame: Frame{Section: "tests"},
		Line: `{"pid": 4711, "url": "http://127.0.0.1:33929", "urls": {"api": "http://127.0.0.1:33929/v1", "token": "…/oauth/token", "shop": "…", …},
 "clients": [{"id": "demo-shop", "secret": "demo-shop-secret", "role": "merchant", "merchant": "demo-shop"}, …], …}`,
		FD:      "processor --addr 127.0.0.1:0 --amqp-addr 127.0.0.1:0 --quiet --ready-fd 3 3>ready.json",
		File:    "processor --addr 127.0.0.1:0 --amqp-addr 127.0.0.1:0 --quiet --ready-file /tmp/ready.json",
		Health:  "processor health --url http://127.0.0.1:8080 --wait 30s",
		Node:    "go build -o processor ./cmd/processor\nSANDBANK_PROCESSOR=./processor node --test examples/test-node/*.test.mjs",
		Python:  "SANDBANK_PROCESSOR=./processor pytest examples/test-python/",
		Browser: "npm install playwright-core\nSANDBANK_PROCESSOR=./processor node --test examples/test-browser/*.test.mjs",
		GitHub:  "docker exec ${{ job.services.sandbank.id }} /processor health --url http://127.0.0.1:8080 --wait 30s",
		GitLab:  "processor health --url http://sandbank:8080 --wait 30s",
		Go:      "docker build -t sandbank .\ngo -C examples/testcontainers test ./...",
		Fields: []Worded{
			{"pid", "The process.", ""},
			{"seed", "The number of --seed; left out where there is none.", ""},
			{"url", "The base of all paths.", ""},
			{"urls", "api, token, dashboard, docs, openapi, asyncapi, graphql, stream, websocket and readyz; where they are there, shop, bank_page, amqp, amqps and stripe; mollie.", ""},
			{"ca", "The file of the authority to trust, with --tls=dev.", ""},
			{"clients", "The credentials of programs: id, secret, role, and the merchant's id; where Stripe's API is spoken, stripe_secret_key and stripe_publishable_key; mollie_api_key.", ""},
			{"people", "The development people of the dashboard: name, password and role.", ""},
			{"banks", "The identifiers of the banks in this process.", ""},
		},
	}
}
