// Package rule is the published list of what a merchant's side has to do right: what is tried, why it
// matters, and how to mend it. The grader grades by it, the docs print it, and the naive shop breaks it.
package rule

import "slices"

// ID names a rule on command lines and in reports.
type ID string

// The rules.
const (
	Fast       ID = "fast"
	Signature  ID = "signature"
	Timestamp  ID = "timestamp"
	Duplicates ID = "duplicates"
	Reordering ID = "reordering"
	ReturnURL  ID = "return-url"
	Thin       ID = "thin"
	Raw        ID = "raw-body"      // in Stripe's dialect alone
	Later      ID = "async-payment" // likewise
	Missed     ID = "missed"
	Abandoned  ID = "abandoned"
	Captured   ID = "captured"
	Returned   ID = "returned"
	Outage     ID = "outage"
)

// Rule is one of them in words.
type Rule struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	Tried string `json:"tried"` // what is sent
	Why   string `json:"why"`
	Mend  string `json:"mend"`
}

// All lists the rules in the order in which they are reported.
func All() []Rule { return slices.Clone(rules) }

// Find returns a rule by its id.
func Find(id ID) (Rule, bool) { return find(rules, id) }

func find(list []Rule, id ID) (Rule, bool) {
	i := slices.IndexFunc(list, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return list[i], true
}

// IDs lists the ids.
func IDs() []ID { return ids(rules) }

func ids(rules []Rule) []ID {
	list := make([]ID, len(rules))
	for i, r := range rules {
		list[i] = r.ID
	}
	return list
}

var rules = []Rule{
	{
		Fast, "Answers fast",
		"Every webhook of the check is timed, from the request to the end of the answer.",
		"A processor waits for seconds. A slow answer counts as none, and the event comes again while the first one is still being worked on.",
		"Verify the webhook, store it, and answer 204. Do everything else afterwards, from a queue.",
	},
	{
		Signature, "Verifies the signature",
		"A webhook says that an unpaid order's payment is captured. It is signed with another secret; then one comes with no signature.",
		"The address of your endpoint is no secret. Without the signature, anyone can have goods shipped for nothing.",
		"Verify webhook-signature over the bytes as they came, before anything parses them, and answer 401 where it does not fit.",
	},
	{
		Timestamp, "Verifies the timestamp",
		"The same webhook comes with the right secret, and was signed ten minutes ago.",
		"A message that was recorded once could be sent again for ever.",
		"Refuse a webhook-timestamp that is more than five minutes from your server's clock. The timestamp is part of what is signed.",
	},
	{
		Duplicates, "Takes duplicates once",
		"Each webhook of a paid order comes twice at the same moment, and the last one twice more.",
		"Webhooks come at least once: when an answer is lost, the event is sent again. Goods must be shipped once.",
		"Keep the webhook-id in the same transaction as its effect, under a unique index, and answer 204 to an id that is there already.",
	},
	{
		Reordering, "Tolerates reordering",
		"A card is declined, and a second one pays. The webhook of the decline comes a minute after that of the capture.",
		"Webhooks travel side by side and are tried again one by one, so an old one may come after a newer one.",
		"Keep the highest sequence for each payment and ignore what is lower, or fetch the payment and go by what it says now.",
	},
	{
		ReturnURL, "Does not trust the return URL",
		"The customer opens the return_url, with parameters that speak of success, and has not paid.",
		"The return_url is an address like any other. A customer can open it, or change it, without paying.",
		"Show what you know of the order. Only a verified webhook, or an answer of the processor, makes it paid.",
	},
	{
		Thin, "Fetches instead of trusting a thin body",
		"A rightly signed webhook with a thin body says payment.captured, and the payment still waits for its customer.",
		"A thin body is a hint that something happened. It says nothing of the amount, nor of what is so by now.",
		"Fetch the payment by the id in the body, and go by its status and amount.",
	},
	{
		Missed, "Finds a missed webhook by polling",
		"A payment is captured, and its webhooks are lost for good.",
		"Endpoints are deleted, firewalls are changed, tries run out. The customer has paid and waits.",
		"Ask GET /v1/payments/{id} for each order that was not heard of for some time, and when its customer is on its page.",
	},
	{
		Abandoned, "Does not leave an abandoned order pending for ever",
		"The customer never pays. The payment's time runs out, in silence.",
		"Nobody tells you that a customer walked away: there is no webhook for it. Goods stay set aside for ever.",
		"When a payment's expires_at has passed, ask for it. Where it is abandoned, cancel the order.",
	},
	{
		Captured, "Ships only what is captured",
		"Payments are declined, fail, are canceled, or stay with a bank that says nothing. Each is told by webhook.",
		"A webhook is not good news by itself. What is not captured has brought no money.",
		"Ship when the status is captured and the amount is the order's, and on nothing else. Treat a status that you do not know as no news.",
	},
	{
		Returned, "Does not ship what is disputed or refunded",
		"One paid order is refunded in whole, another one is disputed.",
		"The money has gone back, or is held by the bank. Goods that leave now are lost.",
		"Listen to refund.succeeded and dispute.opened, and take such an order out of what is to be shipped.",
	},
	{
		Outage, "Survives 24 hours of its own outage",
		"For 24 hours no webhook reaches you, and you cannot reach the processor. A payment is captured, and one is refunded. Then all is well again, and what failed is sent once more.",
		"Servers are away for a night. Tries end after 13 hours, and what was paid meanwhile is still paid.",
		"Never close an order because nobody could be asked. When you are back, ask for open orders, read GET /v1/events from the last sequence you have, and take webhooks of any age.",
	},
}
