package docs

import "sandbank/merchant/rule"

// CheckListView has the rules by which a merchant's own server is graded.
type CheckListView struct {
	Frame
	Example, Self, Running, There, Reports, Order string // that one may copy
	Rules, StripeRules                            []rule.Rule
	Stripe                                        string
	Contract, Exits                               []Worded
}

// CheckExample grades the demo shop as if it were a merchant's own server. A test runs it.
const CheckExample = `go run ./cmd/merchant check \
  --start-command 'go run ./cmd/merchant serve --addr 127.0.0.1:8071' \
  --wait http://127.0.0.1:8071/readyz \
  --webhook http://127.0.0.1:8071/webhooks/sandbank \
  --order 'http://127.0.0.1:8071/orders/{reference}' \
  --buy http://127.0.0.1:8071/`

// CheckStripeExample grades the example of a shop with Stripe's own library. A test runs it.
const CheckStripeExample = `go run ./cmd/merchant check --dialect stripe \
  --start-command 'PORT=8072 node examples/stripe-shop/main.mjs' \
  --webhook http://127.0.0.1:8072/webhook \
  --order 'http://127.0.0.1:8072/orders/{reference}' \
  --create http://127.0.0.1:8072/orders`

func checkListPage(base string) CheckListView {
	return CheckListView{
		Frame: Frame{Section: "check-list"}, Example: CheckExample, Rules: rule.All(), StripeRules: rule.Stripe(), Stripe: CheckStripeExample, Contract: contractWords(),
		Self:    "go run ./cmd/merchant check --self-test",
		Running: "go run ./cmd/merchant check --addr 127.0.0.1:8080 --webhook-secret \"$SECRET\" \\\n  --webhook https://shop.example/webhooks --order 'https://shop.example/api/orders/{reference}' \\\n  --create https://shop.example/api/orders --create-body '{\"sku\": \"mug\"}' --state order.status --paid settled",
		There:   "go run ./cmd/merchant check --url " + base + " --client-id demo-shop --client-secret demo-shop-secret \\\n  --start-command 'npm start' --webhook http://127.0.0.1:3000/webhooks \\\n  --order 'http://127.0.0.1:3000/orders/{reference}' --create http://127.0.0.1:3000/orders",
		Reports: "go run ./cmd/merchant check --self-test --html report.html --junit report.xml --json report.json",
		Order:   "{\"state\": \"paid\", \"shipments\": 1}",
		Exits: []Worded{
			{"0", "Every rule holds, save those that were skipped.", ""}, {"1", "A rule fails.", ""}, {"2", "The command line is wrong.", ""},
			{"4", "Something could not be run: your server does not answer, or no payment of it came.", ""}, {"5", "It took too long.", ""},
		},
	}
}

func contractWords() []Worded {
	return []Worded{
		{"--start-command", "Starts your server, and ends it afterwards. Its environment says where Sandbank is, and has its credentials: SANDBANK_URL, SANDBANK_CLIENT_ID, SANDBANK_CLIENT_SECRET, SANDBANK_WEBHOOK_SECRET.", "--start-command 'npm start'"},
		{"--buy, --create", "Begins a payment: --buy opens a page and submits its first form as it stands, cookies and hidden fields included; --create is a POST. The answer does not matter: the payment shows at Sandbank.", "--create http://127.0.0.1:3000/orders"},
		{"--order", "Shows an order. {reference} and {payment} are those of its payment. JSON has the state under state, status, order.state or order.status; a page in the attribute data-order-state, or where --state-pattern finds it.", "--order 'http://127.0.0.1:3000/orders/{reference}'"},
		{"--paid, --shipped, --pending, --canceled, --returned", "Say which words of yours mean what, where they are not the usual ones.", "--paid settled --returned refunded,claimed"},
		{"--webhook", "Takes the webhooks. It is registered at Sandbank, with the secret, unless your server has done so.", "--webhook http://127.0.0.1:3000/webhooks"},
		{"--skip", "Leaves out rules that do not apply. The report says so.", "--skip thin,returned"},
	}
}
