package payment

// Status is the merchant's view of a payment.
//
//	                 ┌────────────── declined, tries left ◀───────────┐
//	                 ▼                                                │
//	POST ──▶ created ──pay──▶ processing ──challenge──▶ action_required
//	          │  │               │  │                       │  │
//	          │  │               │  └─▶ captured ◀──────────┘  │
//	          │  └─ cancel ──▶ canceled ◀───── cancel ─────────┤
//	          │                  │                             │
//	          │                  └─▶ declined (last try), failed (no answer)
//	          └─ time is up ──▶ abandoned (in silence)
//
// With manual capture, an approval leads to authorized instead:
//
//	authorized ──all captured, or the last part──▶ captured
//	     │    ╰──time is up, or void──▶ captured, if a part was; else voided
//	     └──a part captured──▶ authorized
type Status string

// The statuses. "Notified" ones send an event; see [Status.Notified].
const (
	// Created waits for the customer. In: creation, or a declined attempt with
	// attempts left. Out: the customer pays, the payment is canceled, the time is
	// up.
	Created Status = "created"
	// Processing is with the bank. In: the customer pays. Out: the bank's
	// result or challenge, or the bank deadline.
	Processing Status = "processing"
	// ActionRequired has the customer on the bank's own page. In: the bank's
	// challenge. Out: the bank's result, a cancel, or the bank deadline.
	ActionRequired Status = "action_required"
	// Authorized is reserved at the bank and waits for captures. In: the bank
	// approves a payment with manual capture. Out: all of it, or the last part, is
	// captured; it is voided; [AuthorizationLife] is over.
	Authorized Status = "authorized"
	// Captured is approved, and the money is booked. Final unless refunded or
	// disputed, which are resources of their own.
	Captured Status = "captured"
	// Declined is the bank's last no. Final.
	Declined Status = "declined"
	// Failed is no answer, or a technical fault. Final; no money was taken.
	Failed Status = "failed"
	// Canceled is an explicit stop by customer or merchant. Final.
	Canceled Status = "canceled"
	// Voided is an authorization of which nothing was taken, released by the merchant
	// or by time. Final.
	Voided Status = "voided"
	// Abandoned is a customer who never finished. Final and never notified:
	// only a query shows it.
	Abandoned Status = "abandoned"
)

// Statuses lists every status, in the order of a payment's life.
func Statuses() []Status {
	return []Status{Created, Processing, ActionRequired, Authorized, Captured, Declined, Failed, Canceled, Voided, Abandoned}
}

// Final reports whether no later bank result, cancel or timeout can change it.
func (s Status) Final() bool {
	switch s {
	case Captured, Declined, Failed, Canceled, Voided, Abandoned:
		return true
	case Created, Processing, ActionRequired, Authorized:
		return false
	}
	return false
}

// Notified reports whether entering the status makes an event. Abandoned never
// does: that is the promise integrators test against.
func (s Status) Notified() bool {
	return s != Created && s != Abandoned
}

// Valid reports whether s is one of the statuses.
func (s Status) Valid() bool {
	for _, known := range Statuses() {
		if s == known {
			return true
		}
	}
	return false
}
