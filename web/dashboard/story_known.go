package dashboard

import (
	"fmt"
	"slices"

	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/web/sequence"
	"sandbank/webhook"
)

// Belief is what one party holds to be true of a payment now.
type Belief = sequence.Belief

// known says what each party knows now: only what it was told, or can see.
func known(s processor.Story) []Belief {
	return []Belief{customerKnows(s.Payment), serverKnows(s), receiverKnows(s), ledgerKnows(s), bankKnows(s)}
}

// shownTo are what the customer's page shows, by the payment's status.
var shownTo = map[payment.Status]Belief{
	payment.Created:        {Says: "“How do you want to pay?”"},
	payment.Processing:     {Says: "“Waiting for your bank…”", Tone: "wait"},
	payment.ActionRequired: {Says: "“Your bank wants to hear from you”", Tone: "wait"},
	payment.Authorized:     {Says: "“Amount reserved”", Tone: "good"},
	payment.Captured:       {Says: "“Payment complete”", Tone: "good"},
	payment.Declined:       {Says: "“Payment declined”", Tone: "good"},
	payment.Failed:         {Says: "“Payment failed”", Tone: "good"},
	payment.Canceled:       {Says: "“Payment canceled”", Tone: "good"},
	payment.Voided:         {Says: "“Nothing was taken”", Tone: "good"},
	payment.Abandoned:      {Says: "closed long ago; “expired” for whoever returns"},
}

func customerKnows(p payment.Payment) Belief {
	b := shownTo[p.Status]
	b.Who = "Customer's page"
	if p.Status == payment.Created && len(p.Attempts) > 0 {
		b.Says = "“Try another way to pay”"
	}
	return b
}

// serverKnows is what a server knows that reads its events: it can ask at any time, and nobody asks for it.
func serverKnows(s processor.Story) Belief {
	b := Belief{Who: "Merchant's server", Says: "“202”, and then nothing"}
	if s.Payment.Status == payment.Abandoned {
		b.Says, b.Tone = "“202”, and then nothing: it has to ask", "bad"
	}
	if n := len(s.Events); n > 0 {
		b.Says, b.Tone = "can read "+s.Events[n-1].Type, upToDate(s.Payment, s.Events[n-1])
	}
	return b
}

// upToDate says whether an event tells the payment's present status.
func upToDate(p payment.Payment, e event.Event) string {
	if p.Status.Notified() || p.Status == payment.Created && len(p.Attempts) > 0 {
		return "good"
	}
	return "wait"
}

// receiverKnows is what the merchant's webhook receiver has taken.
func receiverKnows(s processor.Story) Belief {
	b := Belief{Who: "Its order, by webhooks", Says: "nothing was sent to it"}
	if len(s.Deliveries) == 0 {
		if s.Payment.Status == payment.Abandoned {
			b.Says, b.Tone = "open for ever, unless its server asks", "bad"
		}
		return b
	}
	last := s.Deliveries[len(s.Deliveries)-1]
	taken := slices.IndexFunc(s.Deliveries, func(d processor.DeliveryRecord) bool { return d.Status == webhook.DeliveryDelivered })
	for i, d := range s.Deliveries {
		if d.Status == webhook.DeliveryDelivered {
			taken = i
		}
	}
	knows := "nothing yet"
	if taken >= 0 {
		knows = s.Deliveries[taken].Event.Type
	}
	switch last.Status {
	case webhook.DeliveryDelivered:
		b.Says, b.Tone = "took "+knows, "good"
	case webhook.DeliveryPending:
		b.Says, b.Tone = fmt.Sprintf("%s; %s is on its way, %d tries so far", knows, last.Event.Type, last.Tries), "wait"
	case webhook.DeliveryExhausted:
		b.Says, b.Tone = knows+"; "+last.Event.Type+" was given up", "bad"
	}
	return b
}

// ledgerKnows is what the payment comes to in the book.
func ledgerKnows(s processor.Story) Belief {
	b := Belief{Who: "Ledger", Says: "nothing booked"}
	if len(s.Entries) == 0 {
		return b
	}
	owed, due := booked(s)
	b.Tone = "good"
	b.Says = "bank owes " + inWords(owed) + ", merchant is due " + inWords(due)
	if settled(s) {
		b.Says = "settled with the bank; merchant is due " + inWords(due)
	}
	if paid, whole := paidOut(s); paid {
		b.Says = "settled, and paid out"
		if !whole {
			b.Says = "settled, and paid out in part"
		}
	}
	return b
}

// settled reports whether the bank has settled all that it has to.
func settled(s processor.Story) bool {
	some := false
	for _, i := range s.Items {
		if i.Kind.Settles() {
			if some = true; i.State != settlement.ItemSettled {
				return false
			}
		}
	}
	return some
}

// paidOut reports whether any of the money was paid out, and whether all of it was.
func paidOut(s processor.Story) (some, whole bool) {
	whole = true
	for _, i := range s.Items {
		if i.Kind.Pays() {
			some, whole = some || i.Payout != "", whole && i.Payout != ""
		}
	}
	return some, whole
}

// bankKnows is what stands in the bank's book, as far as it said so.
func bankKnows(s processor.Story) Belief {
	b := Belief{Who: "Bank's book", Says: "never asked"}
	for _, m := range s.Messages {
		if m.Direction == processor.Out {
			b.Says, b.Tone = "asked, undecided", "wait"
			if m.Kind == string(wire.Reverse) {
				b.Says = "was told to undo it"
			}
			continue
		}
		b.Tone = "good"
		if r, err := wire.ReadResult(m.Body); err == nil {
			switch r.Outcome {
			case payment.OutcomeApproved:
				b.Says = "approved " + inWords(r.Amount)
			case payment.OutcomeDeclined:
				b.Says = "declined"
			case payment.OutcomeError:
				b.Says = "a fault, and nothing taken"
			case payment.OutcomeChallenge:
				b.Says, b.Tone = "waits for the customer", "wait"
			}
		}
		if x, err := wire.ReadDispute(m.Body); m.Kind == wire.DisputeType && err == nil {
			b.Says = "a dispute: " + spaced(string(x.Status))
		}
	}
	return b
}
