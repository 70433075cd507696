package processor

import (
	"context"
	"slices"
	"time"

	"sandbank/audit/chain"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/settlement"
)

// Keeping is how much a processor keeps, by number or by age. Payments beyond it go whole, as soon as
// nothing is under way for them any more; see [Old]. The zero value keeps every payment.
type Keeping struct {
	Payments int           // how many of the newest payments stay whatever their state
	Age      time.Duration // how long payments stay at least, whatever their number; 0 goes by Payments
	Sinks    []string      // which have to have written a payment's events before it goes
	Archive  Archive       // takes what goes before it goes; nil for nobody
}

// lets reports whether anything goes.
func (k Keeping) lets() bool { return k.Payments > 0 || k.Age > 0 }

// Retention finds what may be let go, and says what was.
type Retention interface {
	// Older lists payments that are older than the newest ones, oldest first, and the oldest of the
	// newest ones; none where there are no older ones. With Before, it lists those that sort before it.
	Older(ctx context.Context, o Older) (list []payment.Payment, oldestKept payment.Payment, err error)
	// Horizon says how far back what is stored reaches.
	Horizon(ctx context.Context) (Horizon, error)
	// Floor is the sequence number up to which some of a merchant's events were let go, 0 for none.
	Floor(ctx context.Context, merchant string) (int64, error)
}

// Older asks for payments beyond the newest ones.
type Older struct {
	Keep   int    // number of the newest ones
	Oldest string // id of the oldest of them, if it was found before: to count that far back is dear
	After  string // id; "" from the oldest
	Before string // id: where those begin that stay, whatever their number; "" goes by Keep
	Limit  int
}

// Leaving is a payment that is to be let go. A store lets go with it whatever it holds about it:
// messages, events, deliveries and their tries, entries, records and audit records.
type Leaving struct {
	Payment string
	Items   []string // ids
}

// LeavingOf is what leaves with a payment.
func LeavingOf(p payment.Payment) Leaving {
	l := Leaving{Payment: p.ID}
	for _, o := range p.Operations {
		switch o.Kind {
		case payment.OpCapture:
			l.Items = append(l.Items, o.RequestID)
		case payment.OpRefund:
			l.Items = append(l.Items, o.RequestID, o.ID+".reserved", o.ID+".released")
		case payment.OpVoid:
		}
	}
	for _, d := range p.Disputes {
		bank := p.Approved().Bank
		l.Items = append(l.Items, d.ID+".held", d.ID+".returned", settlement.ChargebackID(bank, p.ID, d.BankDispute))
		l.Items = append(l.Items, settlement.FormerChargebackIDs(bank, d.BankDispute)...)
	}
	return l
}

// Old is what a store holds of a payment that may be let go, locked.
type Old struct {
	Payment payment.Payment
	Items   []settlement.Item // those of its [Leaving]
	// UnderWay counts what is not done yet: messages and events in the outbox, deliveries that are
	// pending, events that a sink has not written, records that are due, open breaks, and entries
	// and audit records that are not sealed, or the last of their chains.
	UnderWay int
}

// Olds puts together what a store found of payments that are to be let go: their items, and how much
// is under way for each.
func Olds(found []payment.Payment, items []settlement.Item, underWay map[string]int) []Old {
	list, at := make([]Old, len(found)), map[string]int{}
	for i, p := range found {
		list[i], at[p.ID] = Old{Payment: p, UnderWay: underWay[p.ID]}, i
	}
	for _, item := range items {
		if i, ok := at[item.Payment]; ok {
			list[i].Items = append(list[i].Items, item)
		}
	}
	return list
}

// disputable is for how long after its last change a captured payment stays at least: a bank may be
// about to dispute it.
const disputable = time.Hour

// Final reports whether a payment has come to its end, and nothing about it has changed since an
// instant.
func (o Old) Final(since time.Time) bool {
	p := o.Payment
	if p.Status == payment.Captured {
		since = since.Add(-disputable)
	}
	if !p.Status.Final() || !p.DueAt.IsZero() || !p.WakeAt().IsZero() || !p.UpdatedAt.Before(since) {
		return false
	}
	if _, open := pendingOperation(p); open {
		return false
	}
	return !slices.ContainsFunc(p.Disputes, func(d payment.Dispute) bool { return !d.Status.Final() })
}

// Recent reports whether nothing but the time since its last change keeps a payment from being final.
func (o Old) Recent(since time.Time) bool {
	return !o.Final(since) && o.Final(o.Payment.UpdatedAt.Add(2*disputable))
}

// Quiet reports whether a final payment's money has arrived where it belongs, and nothing is under
// way. Paid says whether a payout has arrived.
func (o Old) Quiet(paid func(payout string) bool) bool {
	return o.UnderWay == 0 && !slices.ContainsFunc(o.Items, func(i settlement.Item) bool {
		return i.State != settlement.ItemSettled || i.Kind.Pays() && (i.Payout == "" || !paid(i.Payout))
	})
}

func pendingOperation(p payment.Payment) (payment.Operation, bool) {
	i := slices.IndexFunc(p.Operations, func(o payment.Operation) bool { return o.Status == payment.OpPending })
	if i < 0 {
		return payment.Operation{}, false
	}
	return p.Operations[i], true
}

// Gone is what a batch lets go.
type Gone struct {
	Payments    []Leaving
	Settlements []string // that settled something of them; a batch goes when nothing it settled is left
}

// Horizon says how far back what is stored reaches.
type Horizon struct {
	Payments int64     // how many were let go
	Newest   string    // id of the newest of them; "" for none
	Booked   time.Time // of the newest entry that was let go; zero for none
}

// Checkpoint is what stands in the place of what was let go.
type Checkpoint struct {
	Horizon
	Opening []ledger.Balance // what the entries that were let go come to
	Ledger  chain.Gaps
	Audit   chain.Gaps
	Floors  map[string]int64 // by merchant
}

// paymentGone is the error for a payment that is not there and may have been let go: who asks for one
// of somebody else's gets the same.
func paymentGone(id string) error {
	return fault.New(fault.Gone, "payment_gone", "The payment %q is older than what is kept here. It was let go, if it ever was.", id).
		Hinting("A processor keeps the newest payments, as many or as long as --keep says, and older ones only until they are final and paid out.")
}

// BooksGone is the error for balances at an instant before which entries were let go.
func BooksGone(at time.Time) error {
	return fault.New(fault.Gone, "balances_gone", "The entries of that time were let go; balances can be told from %s on.", at.Format(time.RFC3339Nano))
}
