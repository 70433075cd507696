package processor

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/payment"
	"sandbank/sim"
)

// stopped is the document of a [StoppedRecord].
type stopped struct {
	sim.Held
	Stream string `json:"stream,omitempty"` // of a webhook: whose sequence its event is in
}

// rescueAfter is how long after its hold's end something goes on by itself that was not released with it.
const rescueAfter = time.Minute

// keepHeld keeps something that is held, or was.
func (w *Work) keepHeld(s stopped, until time.Time) {
	r := Record{Kind: StoppedRecord, ID: s.ID, Merchant: s.Merchant, Bank: s.Bank, Payment: s.Payment, Status: string(s.Status)}
	if s.Status == sim.HeldNow {
		r.DueAt = until.Add(rescueAfter)
	}
	w.keep(NewRecord(r, s))
}

// held takes something off its way if a hold is there for it; false where it goes on. What it is is worked out
// only where there are holds, since every message and webhook comes by here.
func (w *Work) held(what func() sim.Held, stream string) bool {
	if r, ok := w.RecordOf(stopsID); w.stops == nil || !ok || r.Status != stopsSome {
		return false
	}
	t := what()
	return t.Hop != "" && w.stops(w, t, stream)
}

// heldRequest is a request to a bank as something that may be held; nothing for a command that is about no request.
func heldRequest(m Message, merchant string) sim.Held {
	if m.Payment == "" {
		return sim.Held{}
	}
	if m.Kind == string(wire.Control) {
		r, err := wire.ReadRequest(m.Body)
		if err != nil || r.Controls == nil || r.Controls.Command != wire.CommandAnswer {
			return sim.Held{}
		}
	}
	return sim.Held{
		Hop: sim.HopRequest, Payment: m.Payment, Merchant: merchant, Bank: m.Bank, Kind: m.Kind, Message: m.Body,
		Says: fmt.Sprintf("%s, to %s", m.Kind, m.Bank),
	}
}

// heldResult is a bank's message about a payment, as something that may be held before it is looked at.
func heldResult(pay payment.Payment, bank string, m said) sim.Held {
	if m.past != "" {
		return sim.Held{}
	}
	t := sim.Held{Hop: sim.HopResult, Payment: pay.ID, Merchant: pay.Merchant, Bank: bank, Kind: wire.TypeOf(m.body), Message: m.body}
	t.Says = fmt.Sprintf("%s, from %s", t.Kind, bank)
	if r, err := wire.ReadResult(m.body); err == nil {
		t.Says = fmt.Sprintf("%s, from %s", r.Outcome, bank)
	}
	return t
}

// heldBooking is what a bank's answer changes, as something that may be held before it is booked.
func heldBooking(pay, next payment.Payment, r wire.Result, m said) sim.Held {
	if m.past == sim.HopBooking {
		return sim.Held{}
	}
	t := sim.Held{
		Hop: sim.HopBooking, Payment: pay.ID, Merchant: pay.Merchant, Bank: r.Bank, Kind: wire.ResultType, Message: m.body,
		Says: fmt.Sprintf("%s, of %s", r.Outcome, r.Amount),
	}
	if next.Status != pay.Status {
		t.Says = fmt.Sprintf("the payment becomes %s, by %s of %s", next.Status, r.Outcome, r.Amount)
	}
	return t
}

// heldWebhook is a webhook as something that may be held before its first try.
func heldWebhook(e event.Event, d Delivery, merchant string) sim.Held {
	return sim.Held{
		Hop: sim.HopWebhook, Payment: e.Payment, Merchant: merchant, Kind: e.Type, Message: json.RawMessage(e.Data),
		Endpoint: d.Endpoint.ID, Event: e.ID, Delivery: d.ID, Says: fmt.Sprintf("%s, to %s", e.Type, d.Endpoint.For(e).URL),
	}
}

// letGoOn has something go on that was held. Of a webhook, e is the event. What it came to is of a bank's message.
func (p *Processor) letGoOn(w *Work, s stopped, e event.Event) Handled {
	switch s.Hop {
	case sim.HopRequest:
		r, err := wire.ReadRequest(s.Message)
		if err != nil {
			return Handled{Reject: true, Note: err.Error()}
		}
		if pay, ok := w.Loaded(s.Payment); ok {
			r = withOrder(r, pay)
		}
		m := requestMessage(r)
		m.At = p.now()
		if s.CopyOf != "" {
			m.ID += "-" + itoa(s.Place)
		}
		w.send(m)
	case sim.HopResult, sim.HopBooking:
		return p.letAnswer(w, s)
	case sim.HopWebhook:
		p.letWebhook(w, s, e, false)
	}
	return Handled{}
}

// withOrder is a request that was held with the order that the payment has for it by now: what was asked for meanwhile
// is not too late.
func withOrder(r wire.Request, pay payment.Payment) wire.Request {
	var o *sim.Order
	if a := pay.Last(); a != nil && a.RequestID == r.ID {
		o = a.Simulate
	} else if op, ok := pay.ByRequest(r.ID); ok {
		o = op.Simulate
	}
	if o != nil && (r.Simulate == nil || r.Simulate.Outcome != o.Outcome || r.Simulate.Reason != o.Reason) {
		r.Simulate = o
	}
	return r
}

// letAnswer applies a bank's message that was held.
func (p *Processor) letAnswer(w *Work, s stopped) Handled {
	pay, ok := w.Loaded(s.Payment)
	if !ok {
		return Handled{Reject: true, Note: "there is no such payment"}
	}
	m := said{body: s.Message, last: true, past: s.Hop}
	if r, err := wire.ReadResult(m.body); err == nil {
		if s.CopyOf != "" {
			r.ID += "-" + itoa(s.Place)
			m.body = wire.Encode(r)
		}
		return p.applyResult(w, pay, r, m)
	}
	d, err := wire.ReadDispute(m.body)
	if err != nil {
		return Handled{Reject: true, Note: err.Error()}
	}
	if s.CopyOf != "" {
		d.ID += "-" + itoa(s.Place)
		m.body = wire.Encode(d)
	}
	return p.applyClaim(w, pay, d, m)
}

// letWebhook makes the delivery of a webhook that was held, or one that is lost on purpose. An endpoint that is
// gone meanwhile, or disabled, gets none.
func (p *Processor) letWebhook(w *Work, s stopped, e event.Event, lost bool) {
	for _, to := range w.EndpointsOf(s.Merchant) {
		if to.ID != s.Endpoint || !to.Enabled {
			continue
		}
		d := Delivery{ID: s.Delivery, Earlier: &e, Endpoint: to, NextAt: p.now(), Lost: lost}
		if s.CopyOf != "" {
			d.ID = p.deliveryID(e.ID, to.ID, int(s.Place)+2)
		}
		w.Deliveries = append(w.Deliveries, d)
	}
}

// inboxOf are the ids in the inbox that a held answer is known by.
func (s stopped) inboxOf() []string {
	bank, id, body := s.Bank, "", []byte(s.Message)
	if r, err := wire.ReadResult(body); err == nil {
		if id = r.ID; s.CopyOf != "" {
			r.ID += "-" + itoa(s.Place)
			id, body = r.ID, wire.Encode(r)
		}
	} else if d, err := wire.ReadDispute(body); err == nil {
		if id = d.ID; s.CopyOf != "" {
			d.ID += "-" + itoa(s.Place)
			id, body = d.ID, wire.Encode(d)
		}
	}
	in := inboxID(bank, id)
	return []string{in, contradictionID(in, body)}
}

// eventOf is the event of a held webhook; a zero one of anything else.
func (p *Processor) eventOf(ctx context.Context, s stopped) (event.Event, error) {
	if s.Hop != sim.HopWebhook {
		return event.Event{}, nil
	}
	return p.Event(ctx, s.Stream, s.Event)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
