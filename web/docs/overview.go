package docs

import (
	"slices"
	"strings"

	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/web/contract"
)

// Frame is what every page shows around its content.
type Frame struct {
	Section string // "overview", "channels", "http", "webhooks", "streams", "banks", "amqp", "sign-in", "proxy", "side-by-side", "tests", "stripe", "mollie", "monitor", "command-line", "keep", "roles", "recipes", "search"
	Query   string // that was searched for
}

// Sheet is the address of the pages' own style sheet.
func (Frame) Sheet() string { return sheetPath() }

// OverviewView is the first page.
type OverviewView struct {
	Frame
	Base     string
	Token    string // a command that gets a token
	Create   string // a command that asks for a payment
	Back     string // likewise, and the page leads back by itself to an app
	Follow   string // a command that waits for the result
	Statuses []Value
	Cards    Numbers
	Accounts Numbers
	Reasons  []reason.Reason
	Problems []contract.Problem
}

// Numbers are published test numbers: a few, and the others, which a phone folds.
type Numbers struct {
	First, More []Number
	What        string // they are, such as "cards"
}

// Number is a published test number.
type Number struct {
	Shown string // in groups of four
	Copy  string
	Brand string
	Says  string
	Tone  string
	Word  string
}

func overview(base string) OverviewView {
	m := maker{root: read(contract.OpenAPI())}
	return OverviewView{
		Frame: Frame{Section: "overview"}, Base: base,
		Token: "TOKEN=$(curl -s " + base + "/oauth/token \\\n  -d grant_type=client_credentials \\\n" +
			"  -d client_id=demo-shop -d client_secret=demo-shop-secret | jq -r .access_token)",
		Create: "curl -s " + base + "/v1/payments \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n" +
			"  -H 'Content-Type: application/json' -H 'Idempotency-Key: \"order-1042\"' \\\n" +
			`  -d '{"amount": {"value": "19.99", "currency": "EUR"},` + "\n" +
			`       "reference": "order-1042", "return_url": "https://shop.example/orders/1042"}'`,
		Back: "curl -s " + base + "/v1/payments \\\n  -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n" +
			`  -d '{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1043",` + "\n" +
			`       "return_url": "com.example.shop:/orders/1043", "return": "automatic"}'`,
		Follow:   "curl -s " + base + "/v1/payments/pay_… \\\n  -H \"Authorization: Bearer $TOKEN\" -H 'Prefer: wait=30'",
		Statuses: values(m.root.get("components", "schemas", "PaymentStatus")),
		Cards:    numbers("cards", instrument.Cards(), len(instrument.Usual())), Accounts: numbers("accounts", instrument.Accounts(), usualAccounts),
		Reasons: reason.All(), Problems: contract.Problems(),
	}
}

// usualAccounts is how many accounts are never folded.
const usualAccounts = 2

func numbers(what string, list []instrument.TestNumber, first int) Numbers {
	out := make([]Number, len(list))
	for i, n := range list {
		var groups []string
		for chunk := range slices.Chunk([]byte(n.Number), 4) {
			groups = append(groups, string(chunk))
		}
		out[i] = Number{Shown: strings.Join(groups, " "), Copy: n.Number, Brand: n.Brand, Says: n.Says}
		out[i].Tone, out[i].Word = tone(n.Behavior)
	}
	return Numbers{First: out[:first], More: out[first:], What: what}
}

// tone is the color family and the word for a test number's behavior.
func tone(b instrument.Behavior) (tone, word string) {
	switch b {
	case instrument.Neutral, instrument.Approve, instrument.DisputeLost, instrument.DisputeWon:
		return "good", "Approved"
	case instrument.Decline:
		return "bad", "Declined"
	case instrument.Error:
		return "bad", "Fails"
	case instrument.Challenge:
		return "wait", "Challenge"
	case instrument.Silent:
		return "busy", "Silent"
	}
	return "quiet", string(b)
}
