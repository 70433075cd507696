package dashboard

import (
	"fmt"
	"time"

	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/sim"
	"sandbank/web/sequence"
	"sandbank/webhook"
)

// comingHops are the hops that a payment still has before it, as far as its state tells.
func (t tale) comingHops() (list []sequence.Hop) {
	s, p := t.Story, t.Payment
	bank := laneBank + p.Bank
	hop := func(id, kind, from, to, title string, at time.Time) {
		list = append(list, sequence.Hop{ID: id, Kind: kind, From: from, To: to, Title: title, At: at})
	}
	result := func() {
		list = append(list, sequence.Hop{ID: "result", Kind: "amqp", From: bank, To: laneSandbank, Via: laneBroker, Title: "its result?"})
		hop("webhook", "webhook", laneSandbank, t.someReceiver(), "a webhook with the result", time.Time{})
		hop("books", "ledger", laneSandbank, laneLedger, "books it, if approved", time.Time{})
	}
	t.comingHeld(hop)
	switch p.Status {
	case payment.Created:
		hop("pays", "page", laneCustomer, laneSandbank, "pays?", time.Time{})
		list = append(list, sequence.Hop{ID: "asks", Kind: "amqp", From: laneSandbank, To: bank, Via: laneBroker, Title: "please authorize"})
		result()
		hop("expires", "clock", laneSandbank, laneSandbank, "or abandoned, in silence", p.ExpiresAt)
	case payment.Processing:
		result()
		hop("deadline", "clock", laneSandbank, laneSandbank, "or failed: bank timeout", p.DueAt)
	case payment.ActionRequired:
		hop("confirms", "page", laneCustomer, bank, "confirms at the bank?", time.Time{})
		result()
		hop("deadline", "clock", laneSandbank, laneSandbank, "or failed: bank timeout", p.DueAt)
	case payment.Authorized:
		hop("captures", "http", laneServer, laneSandbank, "captures, or voids?", time.Time{})
		hop("released", "clock", laneSandbank, laneSandbank, "or released by the clock", p.AuthorizedUntil)
	case payment.Captured, payment.Declined, payment.Failed, payment.Canceled, payment.Voided, payment.Abandoned:
	}
	list = append(list, comingAnswers(p)...)
	list = append(list, t.comingTries()...)
	return append(list, comingMoney(s)...)
}

// comingHeld is what is held of the payment: it goes on when somebody says so.
func (t tale) comingHeld(hop func(id, kind, from, to, title string, at time.Time)) {
	for _, h := range t.Held {
		if h.Status != sim.HeldNow {
			continue
		}
		kind, from, to := "amqp", laneSandbank, laneBank+h.Bank
		switch h.Hop {
		case sim.HopRequest:
		case sim.HopResult:
			from, to = to, laneSandbank
		case sim.HopBooking:
			kind, to = "ledger", laneLedger
		case sim.HopWebhook:
			kind, to = "webhook", t.someReceiver()
		}
		hop("held-"+h.ID, kind, from, to, "held: "+h.Kind, time.Time{})
	}
}

// comingAnswers are the answers to operations, and to disputes.
func comingAnswers(p payment.Payment) (list []sequence.Hop) {
	for _, o := range p.Operations {
		if a := p.Approved(); o.Status == payment.OpPending && a != nil {
			list = append(list, sequence.Hop{ID: "answer-" + o.ID, Kind: "amqp", From: laneBank + a.Bank, To: laneSandbank, Via: laneBroker, Title: "its answer to the " + string(o.Kind) + "?", At: o.Deadline})
		}
	}
	for _, x := range p.Disputes {
		switch x.Status {
		case payment.DisputeNeedsResponse:
			list = append(list, sequence.Hop{ID: "evidence-" + x.ID, Kind: "http", From: laneServer, To: laneSandbank, Title: "evidence?", At: x.RespondBy})
		case payment.DisputeUnderReview:
			if a := p.Approved(); a != nil {
				list = append(list, sequence.Hop{ID: "decides-" + x.ID, Kind: "amqp", From: laneBank + a.Bank, To: laneSandbank, Via: laneBroker, Title: "decides the dispute?"})
			}
		case payment.DisputeWon, payment.DisputeLost:
		}
	}
	return list
}

// comingTries are the next tries of webhooks.
func (t tale) comingTries() (list []sequence.Hop) {
	for _, del := range t.Deliveries {
		if del.Status == webhook.DeliveryPending {
			list = append(list, sequence.Hop{
				ID: "try-" + del.ID, Kind: "webhook", From: laneSandbank, To: t.receiver(del), At: del.NextAt,
				Title: fmt.Sprintf("%s, try %d of %d", del.Event.Type, del.Tries+1, del.Endpoint.MaxTries()),
			})
		}
	}
	return list
}

// comingMoney is what banks have not settled, and what was not paid out.
func comingMoney(s processor.Story) (list []sequence.Hop) {
	open, unpaid := map[string]bool{}, false
	for _, i := range s.Items {
		if i.Kind.Settles() && i.State == settlement.ItemOpen && !open[i.Bank] {
			open[i.Bank] = true
			list = append(list, sequence.Hop{ID: "settles-" + i.Bank, Kind: "money", From: laneBank + i.Bank, To: laneSandbank, Via: laneBroker, Title: "settles, at its cut-off"})
		}
		unpaid = unpaid || i.Kind == settlement.ItemCapture && i.Payout == ""
		if out, ok := s.Payouts[i.Payout]; ok && out.Status == settlement.PayoutInTransit && i.Kind == settlement.ItemCapture {
			list = append(list, sequence.Hop{ID: "arrives-" + out.ID, Kind: "money", From: laneSandbank, To: laneServer, Title: "the money arrives", At: out.ArrivesAt})
		}
	}
	if unpaid {
		list = append(list, sequence.Hop{ID: "pays-out", Kind: "money", From: laneSandbank, To: laneServer, Title: "pays out"})
	}
	return list
}

// next says what is waited for now, "" for nothing.
func next(s processor.Story) string {
	for _, h := range s.Held {
		if h.Status == sim.HeldNow {
			return "Held on purpose: " + h.Hop.Says()
		}
	}
	switch s.Payment.Status {
	case payment.Created:
		return "Everybody waits for the customer"
	case payment.Processing:
		return "The bank has it, and takes its time"
	case payment.ActionRequired:
		return "The customer is asked to confirm at the bank"
	case payment.Authorized:
		return "Reserved: the merchant may capture"
	case payment.Captured, payment.Declined, payment.Failed, payment.Canceled, payment.Voided, payment.Abandoned:
	}
	return ""
}

// Wait is something that is waited for, with what happens when the time is up.
type Wait struct {
	What, Then  string
	From, Until time.Time // Until is zero where nobody knows
	Percent     int       // of the time that has passed
	Left        string
}

// waits are what is waited for, and until when.
func waits(s processor.Story, now time.Time) (list []Wait) {
	p := s.Payment
	add := func(what, then string, from, until time.Time) {
		w := Wait{What: what, Then: then, From: from, Until: until}
		if whole := until.Sub(from); !until.IsZero() && whole > 0 {
			w.Percent = int(100 * min(max(now.Sub(from), 0), whole) / whole)
			w.Left = sequence.Elapsed(until.Sub(now)) + " of " + sequence.Elapsed(whole) + " left"
		}
		list = append(list, w)
	}
	switch a := p.Last(); p.Status {
	case payment.Created:
		add("The customer", "abandoned, and nobody is told", p.CreatedAt, p.ExpiresAt)
	case payment.Processing:
		add("The bank's answer", "failed: bank timeout, and a reversal", a.StartedAt, p.DueAt)
	case payment.ActionRequired:
		add("The customer, at the bank", "failed: bank timeout, and a reversal", a.StartedAt, p.DueAt)
	case payment.Authorized:
		add("The merchant's capture", "what is left is released", p.UpdatedAt, p.AuthorizedUntil)
	case payment.Captured, payment.Declined, payment.Failed, payment.Canceled, payment.Voided, payment.Abandoned:
	}
	for _, o := range p.Operations {
		if o.Status == payment.OpPending {
			add("The bank's answer to the "+string(o.Kind), "failed: bank timeout, and a reversal", o.CreatedAt, o.Deadline)
		}
	}
	for _, del := range s.Deliveries {
		if del.Status != webhook.DeliveryPending {
			continue
		}
		then := "the last try: then it is given up"
		if left := del.Endpoint.MaxTries() - del.Tries - 1; left > 0 {
			then = fmt.Sprintf("then %d tries more", left)
		}
		from := del.Event.At
		if n := len(del.Attempts); n > 0 {
			from = del.Attempts[n-1].At
		}
		add(fmt.Sprintf("The receiver: %s, try %d", del.Event.Type, del.Tries+1), then, from, del.NextAt)
	}
	for _, x := range p.Disputes {
		if x.Status == payment.DisputeNeedsResponse {
			add("Evidence for the dispute", "lost", x.OpenedAt, x.RespondBy)
		}
	}
	if p.Captured().IsPositive() {
		switch _, whole := paidOut(s); {
		case !settled(s):
			add("The bank's settlement", "at its cut-off; then the merchant is paid out", time.Time{}, time.Time{})
		case !whole:
			add("The payout", "with the next one of the day", time.Time{}, time.Time{})
		}
	}
	return list
}
