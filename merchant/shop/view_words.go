package shop

import "sandbank/web/look"

// StateWords are an order's state in the customer's words, and its lesson for
// an integrator.
type StateWords struct {
	look.Status
	Title  string
	Lead   string
	Lesson string
}

var stateTable = map[State]StateWords{
	StateWaiting: {look.Status{Word: "Not heard yet", Icon: "half", Tone: look.ToneBusy}, "We are waiting for your payment",
		"This page changes as soon as we hear of it.",
		"A customer who returns proves nothing: anyone can open this address. The shop waits for a notification that it can verify."},
	StatePaid: {look.Status{Word: "Paid", Icon: "check", Tone: look.ToneGood}, "Thank you! Your order is paid",
		"We are packing it now.",
		"The signature of the webhook was verified, its id was new, and the amount was the order's. Only then is an order paid."},
	StateReserved: {look.Status{Word: "Reserved", Icon: "lock", Tone: look.ToneGood}, "Your order is confirmed",
		"The amount is reserved, and taken when we ship.",
		"An authorization is not money yet. The shop captures when it ships, or voids when it cannot."},
	StateDeclined: {look.Status{Word: "Declined", Icon: "cross", Tone: look.ToneBad}, "Your bank declined the payment",
		"No money was taken. You may order again with another card or account.",
		"A decline is an answer, not a fault: do not retry it by machine. A new try is the customer's to make."},
	StateCanceled: {look.Status{Word: "Canceled", Icon: "slash", Tone: look.ToneQuiet}, "This order was canceled",
		"No money was taken.",
		"An explicit cancel is notified at once, so the goods go back on the shelf at once."},
	StateFailed: {look.Status{Word: "Failed", Icon: "alert", Tone: look.ToneBad}, "The payment failed",
		"No money was taken. It is safe to order again.",
		"When a bank stays silent, the processor gives up for you and reverses what may still arrive. The shop need not guess."},
	StateReleased: {look.Status{Word: "Not heard back", Icon: "moon", Tone: look.ToneQuiet}, "This order was released",
		"The payment was never finished, so the goods are back on the shelf. No money was taken.",
		"Nobody tells a shop that a customer walked away. Silence is not an answer: after a deadline of its own, the shop asks."},
	StateRefunded: {look.Status{Word: "Refunded", Icon: "back", Tone: look.ToneQuiet}, "Your money is on its way back",
		"We have refunded this order.",
		"A refund has a status of its own. It too arrives later."},
}

// Words are the state's; a state that is not known reads as waiting.
func (s State) Words() StateWords {
	if w, ok := stateTable[s]; ok {
		return w
	}
	return stateTable[StateWaiting]
}

// Icon is the shape of the line's kind.
func (l LogLine) Icon() string {
	switch l.Kind {
	case "asked":
		return "send"
	case "told":
		return "hook"
	case "customer":
		return "person"
	default:
		return "book"
	}
}

// Tone colors the line.
func (l LogLine) Tone() look.Tone {
	switch {
	case l.Good:
		return look.ToneGood
	case l.Bad:
		return look.ToneBad
	default:
		return look.ToneBusy
	}
}

// HandForm is a hand with what its form needs.
type HandForm struct {
	Hand
	CSRF string
}

// With gives a hand the page's form.
func (v OfficeOrderView) With(h Hand) HandForm { return HandForm{h, v.CSRF} }

// ProductForm is a product with what its form needs.
type ProductForm struct {
	Product
	Action     string
	CSRF       string
	Banks      []BankOption
	Quantities []int
}

// For gives a product the page's form.
func (v CatalogView) For(p Product) ProductForm {
	return ProductForm{Product: p, Action: v.Action, CSRF: v.CSRF, Banks: v.Banks, Quantities: []int{1, 2, 3, 4, 5, 6}}
}
