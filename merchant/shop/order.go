package shop

import (
	"fmt"
	"slices"
	"time"

	"sandbank/event"
	"sandbank/merchant/client"
	"sandbank/money"
)

// order is one purchase and its payment.
type order struct {
	number   string
	good     good
	quantity int
	total    money.Amount
	placedAt time.Time
	state    State
	reason   string
	packed   int // how often the goods were packed: once, when it is paid

	funds    funds
	payment  string // "" until the create is answered, or a webhook was faster
	checkout string

	log      []LogLine
	revision int
	events   []string // ids of received events, to drop repeats
	newest   int64    // highest sequence among them

	askAt   time.Time // when the processor is to be asked; zero for not at all
	askedAt time.Time
	asked   client.Status // the payment's status at that time
	misses  int           // how often it did not answer, in a row
	strange bool          // the processor's time is not the shop's
}

const (
	maxLog    = 50 // lines kept of one order
	maxEvents = 50 // event ids kept of one order
)

// note writes into the order's log; pages renew themselves.
func (o *order) note(l LogLine) {
	o.revision++
	if len(o.log) < maxLog {
		o.log = append(o.log, l)
	}
}

// copy is safe to read without the lock.
func (o *order) copy() order {
	c := *o
	c.log, c.events, c.funds = slices.Clone(o.log), nil, o.funds.copy()
	return c
}

func (o *order) waiting() bool { return o.state == StateWaiting }

// accepted takes the answer to the create.
func (o *order) accepted(p client.Payment, now time.Time) {
	o.payment, o.checkout = p.ID, p.CheckoutURL
	o.note(LogLine{At: now, Kind: "asked", Text: "Asked the processor for a payment", Detail: "POST /v1/payments → 202 " + p.ID})
	o.strange = !p.CreatedAt.IsZero() && p.CreatedAt.Sub(now).Abs() > agreed
	if o.waiting() { // else a webhook was faster
		o.askAt = o.end(p, now)
	}
}

// end is when an open payment is to be asked for of which nobody said a word: when its time is up. Where the processor's time
// is not the shop's, nobody here knows when that is, and the shop asks every now and then.
func (o *order) end(p client.Payment, now time.Time) time.Time {
	if o.strange {
		return now.Add(askAgain)
	}
	return p.ExpiresAt.Add(Grace)
}

// refused takes the failure of the create.
func (o *order) refused(err error, why string, now time.Time) {
	o.note(LogLine{At: now, Kind: "asked", Text: "Could not get a payment from the processor", Detail: "POST /v1/payments → " + shorten(err.Error()), Bad: true})
	if o.waiting() {
		o.state, o.reason, o.askAt = StateFailed, why, time.Time{}
	}
}

// told takes a verified webhook.
func (o *order) told(e client.Event, p client.Payment, now time.Time) {
	line := LogLine{At: now, Kind: "told", Text: "Verified a webhook", Detail: e.Type + " · " + e.ID}
	switch {
	case slices.Contains(o.events, e.ID):
		line.Text = "The same webhook came again; dropped it by its id"
		o.note(line)
		return
	case o.payment != "" && o.payment != p.ID:
		line.Text, line.Bad = "A webhook spoke of another payment for this order; ignored it", true
		o.note(line)
		return
	}
	if len(o.events) < maxEvents {
		o.events = append(o.events, e.ID)
	}
	if o.payment == "" {
		o.payment, o.checkout, o.askAt = p.ID, p.CheckoutURL, p.ExpiresAt.Add(Grace)
		line.Text = "Verified a webhook, which came before the answer to the request"
	}
	o.funds.see(p)
	if e.Sequence < o.newest {
		line.Text = "A webhook came late, after a newer one; ignored it"
		o.note(line)
		return
	}
	o.newest = e.Sequence
	if e.Type == event.AttemptDeclined {
		line.Text = "A try was declined; the customer may try again"
	}
	if t, ok := tidings[e.Type]; ok {
		line.Text, line.Good, line.Bad = t.text, t.good, t.bad
	}
	o.settle(p, line, now)
}

// answered merges the answer to a poll.
func (o *order) answered(p client.Payment, now time.Time) {
	news := p.Status != o.asked
	o.askedAt, o.asked, o.misses = now, p.Status, 0
	over, moved := !now.Before(p.ExpiresAt.Add(Grace)), o.funds.see(p)
	if o.askAt = (time.Time{}); !o.waiting() {
		o.followed(p, moved, now)
		return
	}
	switch {
	case !p.Status.Open():
	case !over || o.strange:
		o.askAt = o.end(p, now)
	case news:
		o.askAt = now.Add(askSoon)
	default:
		o.askAt = now.Add(askAgain) // with the bank: the answer must come
	}
	if !news {
		return
	}
	line := LogLine{At: now, Kind: "asked", Text: "Heard nothing, so it asked", Detail: fmt.Sprintf("GET /v1/payments/%s → %s", p.ID, p.Status)}
	if over {
		line.Text = "Heard nothing until the payment's time was up, so it asked"
	}
	o.settle(p, line, now)
}

// followed merges a poll of an order that is past its payment, for the operations
// since, unless a webhook came in between.
func (o *order) followed(p client.Payment, moved bool, now time.Time) {
	if o.funds.pending() {
		o.askAt = now.Add(askAgain)
	}
	if moved {
		o.settle(p, LogLine{At: now, Kind: "asked", Text: "Heard nothing of it, so it asked", Detail: fmt.Sprintf("GET /v1/payments/%s → %s", p.ID, p.Status)}, now)
	}
}

// begun takes the answer to a capture, void or refund. Its end comes later.
func (o *order) begun(h hand, op client.Operation, now time.Time) {
	add(h.list(&o.funds), op)
	o.note(LogLine{At: now, Kind: "asked", Text: "Asked the processor for a " + h.what + " of " + inWords(op.Amount), Detail: "POST …/" + h.path + " → 202 " + op.ID})
	if soon := now.Add(askSoon); o.funds.pending() && (o.askAt.IsZero() || soon.Before(o.askAt)) {
		o.askAt = soon
	}
}

// unanswered takes that the processor could not be asked.
func (o *order) unanswered(err error, now time.Time) {
	if o.misses++; o.misses == 1 {
		o.note(LogLine{At: now, Kind: "asked", Text: "Asked, and got no answer; will ask again", Detail: "GET /v1/payments/" + o.payment + " → " + shorten(err.Error())})
	}
	o.askAt = now.Add(min(askAgain, time.Duration(o.misses)*askSoon))
}

// outcomes map a payment's status to an order's state. A status that is not in
// it has no effect yet.
var outcomes = map[client.Status]State{
	client.Captured: StatePaid, client.Authorized: StateReserved, client.Declined: StateDeclined, client.Failed: StateFailed,
	client.Canceled: StateCanceled, client.Voided: StateCanceled, client.Abandoned: StateReleased,
}

// settle draws the conclusion from a payment that was told or asked of.
func (o *order) settle(p client.Payment, line LogLine, now time.Time) {
	next, decided := outcomes[p.Status]
	good := next == StatePaid || next == StateReserved
	if !line.Good && !line.Bad {
		line.Good, line.Bad = decided && good, decided && !good && next != StateReleased
	}
	switch {
	case !decided || next == o.state || next == StatePaid && o.state == StateRefunded:
		o.note(line)
		o.returned(now)
		return
	case good && !p.Amount.Equal(o.total):
		line.Good, line.Bad, line.Text = false, true, fmt.Sprintf("The amount is %s, not the order's; a person must look", p.Amount)
		o.note(line)
		return
	case !o.waiting() && o.state != StateReserved:
		line.Good, line.Bad, line.Text = false, true, "The result contradicts an earlier one; a person must look"
		o.note(line)
		return
	}
	o.note(line)
	o.state, o.askAt, o.reason = next, time.Time{}, ""
	if next == StatePaid {
		o.packed++
	}
	if p.Reason != nil && !good {
		o.reason = p.Reason.Message
	}
	if o.state == StateReleased {
		o.note(LogLine{At: now, Kind: "shop", Text: "Released the order: the goods are back on the shelf"})
	}
	if o.funds.pending() {
		o.askAt = now.Add(askAgain)
	}
	o.returned(now)
}

// returned closes an order whose money all went back.
func (o *order) returned(now time.Time) {
	if o.state == StatePaid && o.funds.returned() {
		o.state = StateRefunded
		o.note(LogLine{At: now, Kind: "shop", Text: "Closed the order: all of its money went back"})
	}
}

// visited is a customer on the order's page.
func (o *order) visited(now time.Time) (wake bool) {
	soon := now.Add(patience)
	if !o.waiting() || o.payment == "" || now.Before(o.askedAt.Add(askAgain)) || !o.askAt.IsZero() && o.askAt.Before(soon) {
		return false
	}
	o.askAt = soon
	return true
}

// shorten keeps a technical line on one line.
func shorten(s string) string {
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// view is the order's page.
func (o *order) view(f Frame, processor string) OrderView {
	v := OrderView{
		Frame: f, Number: o.number, Product: o.good.view(), Quantity: o.quantity, Total: inWords(o.total), State: o.state,
		Reason: o.reason, PaymentID: o.payment, Log: o.log, Revision: fmt.Sprint(o.revision), Moves: o.funds.moves(),
		Refresh: o.waiting(), OfficeURL: officePath + o.number,
	}
	if o.payment != "" {
		v.PaymentURL = processor + "/payments/" + o.payment
	}
	if slices.Contains([]State{StateWaiting, StateReserved, StatePaid, StateRefunded}, o.state) {
		v.LiveURL = "/orders/" + o.number + "/live"
	}
	if o.waiting() {
		v.CheckoutURL = o.checkout
	}
	return v
}
