package object

import (
	"strconv"

	"sandbank/payment"
	"sandbank/payment/instrument"
)

// Happening is an event: its type, and the object that it is about.
type Happening struct {
	Type   string
	Object Object
	Quiet  bool // what the house's own API is silent about
}

// Happened lists the events of a change of a payment, in order. Before is the zero
// Payment for a new one.
func (v View) Happened(before, after payment.Payment) (list []Happening) {
	is := func(s payment.Status) bool { return before.Status != s && after.Status == s }
	tell := func(eventType string, o Object) { list = append(list, Happening{Type: eventType, Object: o}) }
	intent := func(eventType string) { tell("payment_intent."+eventType, v.Intent(after)) }
	charge := func(eventType string, a *payment.Attempt) { tell("charge."+eventType, v.Charge(after, *a)) }
	session := func(eventType string) {
		if IsSession(after) {
			tell("checkout.session."+eventType, v.Session(after))
		}
	}
	a := after.Last()
	account := a != nil && a.Instrument.Kind == instrument.Account
	if begun := before.ID == "" || len(before.Attempts) == 0 && len(after.Attempts) > 0; begun && IsSession(after) == (len(after.Attempts) > 0) {
		intent("created") // a session's begins with the first try
	}
	switch {
	case is(payment.Processing) && account:
		charge("pending", a)
		intent("processing")
		session("completed")
	case is(payment.ActionRequired):
		intent("requires_action")
	case is(payment.Authorized):
		charge("succeeded", after.Approved())
		intent("amount_capturable_updated")
		session("completed")
	case is(payment.Captured) && before.Status != payment.Authorized:
		charge("succeeded", after.Approved())
		intent("succeeded")
		session(either(account, "async_payment_succeeded", "completed"))
	case is(payment.Captured):
		charge("captured", after.Approved())
		intent("succeeded")
	case is(payment.Created) && before.ID != "", is(payment.Declined), is(payment.Failed):
		if a != nil {
			charge("failed", a)
			intent("payment_failed")
		}
		if account {
			session("async_payment_failed")
		} else if after.Status != payment.Created {
			session("expired")
		}
	case is(payment.Canceled):
		if len(after.Attempts) > 0 || !IsSession(after) {
			intent("canceled")
		}
		session("expired")
	case is(payment.Voided):
		charge("refunded", after.Approved())
		intent("canceled")
	case is(payment.Abandoned):
		if len(after.Attempts) > 0 || !IsSession(after) {
			intent("canceled")
		}
		session("expired")
		for i := range list {
			list[i].Quiet = true
		}
	case after.Status == payment.Authorized && !before.Captured().Equal(after.Captured()):
		charge("captured", after.Approved())
	}
	return append(append(list, v.refundsHappened(before, after)...), v.disputesHappened(before, after)...)
}

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func (v View) refundsHappened(before, after payment.Payment) (list []Happening) {
	for i, o := range after.Operations {
		if o.Kind != payment.OpRefund {
			continue
		}
		was := payment.OperationStatus("")
		if i < len(before.Operations) {
			was = before.Operations[i].Status
		}
		if was == o.Status {
			continue
		}
		refund := v.Refund(after, i+1)
		switch o.Status {
		case payment.OpPending:
			list = append(list, Happening{Type: "refund.created", Object: refund})
		case payment.OpSucceeded:
			list = append(list, Happening{Type: "charge.refunded", Object: v.Charge(after, *after.Approved())},
				Happening{Type: "refund.updated", Object: refund}, Happening{Type: "charge.refund.updated", Object: refund})
		case payment.OpFailed:
			list = append(list, Happening{Type: "refund.failed", Object: refund}, Happening{Type: "charge.refund.updated", Object: refund})
		}
	}
	return list
}

func decimalText(minor int64) string { return strconv.FormatInt(minor, 10) }
