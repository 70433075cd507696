package processor

import (
	"context"
	"time"

	"sandbank/audit"
	"sandbank/event"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/webhook"
)

// Store keeps everything that must survive. Its two sides are [Store.Commit],
// through which every change goes, and the reads.
//
// Its side interfaces stand beside the use cases that read through them.
// Transports see the use cases' types; [Record], in which half of them are
// stored, is for stores and the checks of what they hold.
type Store interface {
	Committer
	Payments
	Events
	Records
	Items
	Ledger
	Endpoints
	Deliveries
	Deadlines
	Sealer
	Letters
	Audits
	Retention
	Backlogs
	// Backlog counts unsent messages in the outbox.
	Backlog(ctx context.Context) (int, error)
	// Ping reports whether the store can be written to: it writes this many bytes over those of the last
	// ping.
	Ping(ctx context.Context, bytes int) error
}

// Committer changes what is stored.
type Committer interface {
	// Commit loads and locks what a batch names, lets decide work on it, and
	// writes all changes in one transaction, or none of them. Decide is pure but
	// for the Work; it is called again, on a fresh Work, after a conflict with
	// another transaction. On success the Work's events have their sequence
	// numbers. An error of decide is returned unchanged; a store that cannot be
	// reached is [fault.Unavailable].
	Commit(ctx context.Context, load Load, decide func(*Work) error) error
}

// Load names the rows that a batch will look at. Repeats are allowed.
type Load struct {
	Payments []string // payment ids; unknown ones are left out of the Work
	Keys     []Key    // idempotency keys
	Inbox    []string // ids of incoming messages
	Records  []string // record ids
	Settles  []SettleScope
	Pays     []PayScope
	Tells    []string // merchants whose endpoints are loaded besides those of the payments
	// Leaving are payments that are to be let go, with Sinks, which have to have written their events.
	// Those that another processor is at are left out of the Work.
	Leaving []Leaving
	Sinks   []string
}

// Key is one merchant's idempotency key.
type Key struct{ Merchant, Key string }

// SettleScope is the part of the books that a bank's batch is matched against:
// the bank's open items in a currency, booked until an instant; the items that
// its lines name; its open breaks.
type SettleScope struct {
	Bank       string
	Currency   money.Currency
	Until      time.Time
	References []string
}

// PayScope is one merchant's payable items in one currency.
type PayScope struct {
	Merchant string
	Currency money.Currency
}

// Changes are a batch's writes.
type Changes struct {
	Created    []payment.Payment
	Updated    []payment.Payment // the last state of each, once
	Messages   []Message
	Entries    []ledger.Entry
	Events     []event.Event // the store gives them their sequence
	Late       []event.Event // of earlier commits, that leave by AMQP now
	Deliveries []Delivery
	Items      []settlement.Item // new ones, and changed ones, the last state of each, once
	Records    []Record          // likewise
	Audits     []audit.Record    // of the callers
	Gone       Gone              // what is let go
	// Lease is for how long the outbox leaves to this processor's relay what is
	// handed over to it in memory; 0 for not at all.
	Lease time.Duration
}

// DeliveryLease is for how long a new delivery is left to this processor's deliverer, to which it is
// handed over in memory, unless it is late or lost on purpose. It is longer than Lease, since
// receivers are slower than a broker.
func (c *Changes) DeliveryLease(d Delivery) time.Duration {
	if c.Lease == 0 || d.Lost || c.late(d) {
		return 0
	}
	return webhook.Lease
}

// late reports whether a delivery waits on purpose. One that was held has waited, and leaves now.
func (c *Changes) late(d Delivery) bool {
	return d.Earlier == nil && d.NextAt.After(c.EventOf(d).At)
}

// EventOf is the event that a delivery brings.
func (c *Changes) EventOf(d Delivery) event.Event {
	if d.Earlier != nil {
		return *d.Earlier
	}
	return c.Events[d.Event]
}

// Delivery is a new webhook delivery of the event at an index of Changes.Events, or of one of an earlier commit.
type Delivery struct {
	ID       string
	Event    int
	Earlier  *event.Event // instead of the one at Event; its webhook was held
	Endpoint webhook.Endpoint
	NextAt   time.Time // later than the event where it is late on purpose
	Lost     bool      // on purpose: it is never sent, unless by hand
}

// Status is the initial status of a new delivery.
func (d Delivery) Status() webhook.DeliveryStatus {
	if d.Lost {
		return webhook.DeliveryExhausted
	}
	return webhook.DeliveryPending
}

// Ears hear what other processors on a store did, one thing at a time.
type Ears struct {
	// Changed is for each payment that was changed, by its id.
	Changed func(payment string)
	// Told is for each merchant to whose events something was added, and "" where it
	// may have been missed, as at the start.
	Told func(merchant string)
	// Kept is for each document that was changed, by
	// its name, and "" as for Told.
	Kept func(document string)
}
