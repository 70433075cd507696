package processor

import (
	"context"
	"time"

	"sandbank/audit"
	"sandbank/event"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/webhook"
)

// Store keeps everything that must survive. Its two sides are [Store.Commit],
// through which every change goes, and reads of what was committed.
type Store interface {
	Committer
	Reader
	Endpoints
	Deliveries
	Sealer
	Letters
	Money
	Audits
}

// Audits keeps the audit log. Records come with commits, or by package trail.
type Audits interface {
	// ListAudits lists the newest first.
	ListAudits(ctx context.Context, f audit.Filter) ([]audit.Sealed, error)
	AddAudits(ctx context.Context, list []audit.Record) error
	// SealAudits does for the audit log what Seal does for the ledger.
	SealAudits(ctx context.Context, limit int) (int, error)
}

// Committer changes what is stored.
type Committer interface {
	// Commit loads and locks what a batch names, lets decide work on it, and
	// writes all changes in one transaction, or none of them. Decide is pure but
	// for the Work; it is called again, on a fresh Work, after a conflict with
	// another transaction. On success the Work's events have their sequence
	// numbers. An error of decide is returned as it is; a store that cannot be
	// reached is [fault.Unavailable].
	Commit(ctx context.Context, load Load, decide func(*Work) error) error
}

// Load names what a batch is going to look at. Repeats are allowed.
type Load struct {
	Payments []string // payment ids; unknown ones are left out of the Work
	Keys     []Key    // idempotency keys
	Inbox    []string // ids of incoming messages
	Records  []string // record ids
	Settles  []SettleScope
	Pays     []PayScope
	Tells    []string // merchants whose endpoints are wanted, besides those of the payments
}

// Key is one merchant's idempotency key.
type Key struct{ Merchant, Key string }

// Direction is which way a message goes, seen from the processor.
type Direction string

// The directions.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// Message is a message between processor and bank as it is kept: the outgoing
// ones until they are published, all of them for the timeline. An incoming one
// is stored once; that is the inbox.
type Message struct {
	ID        string // AMQP message_id
	Direction Direction
	Payment   string
	Bank      string
	Attempt   int
	Kind      string // "authorize", "reverse", "result"
	At        time.Time
	Verdict   payment.Verdict // of an incoming one
	Note      string          // why, in words
	Body      []byte          // JSON
}

// Changes is what a batch writes.
type Changes struct {
	Created    []payment.Payment
	Updated    []payment.Payment // the last state of each, once
	Messages   []Message
	Entries    []ledger.Entry
	Events     []event.Event // the store gives them their sequence
	Deliveries []Delivery
	Items      []settlement.Item // new ones, and changed ones, the last state of each, once
	Records    []Record          // likewise
	Audits     []audit.Record    // who asked for it
}

// Delivery is a new webhook delivery of the event at an index of Changes.Events.
type Delivery struct {
	ID       string
	Event    int
	Endpoint webhook.Endpoint
	NextAt   time.Time
}

// Reader answers queries. What is not there is [fault.NotFound].
type Reader interface {
	Payment(ctx context.Context, id string) (payment.Payment, error)
	// Payments lists the newest first.
	Payments(ctx context.Context, f Filter) ([]payment.Payment, error)
	// Events lists one merchant's events after a sequence number, oldest first.
	Events(ctx context.Context, merchant string, after int64, limit int) ([]event.Event, error)
	// LastSequence is the number of a merchant's newest event, 0 for none.
	LastSequence(ctx context.Context, merchant string) (int64, error)
	// SequenceOf is the number of one of the merchant's events.
	SequenceOf(ctx context.Context, merchant, id string) (int64, error)
	// LatestEvents lists the newest events of all merchants, newest first.
	LatestEvents(ctx context.Context, limit int) ([]event.Event, error)
	// LatestEntries lists the newest entries of the ledger, newest first.
	LatestEntries(ctx context.Context, limit int) ([]SealedEntry, error)
	// Timeline is everything that is recorded about a payment, oldest first.
	Timeline(ctx context.Context, paymentID string) (Timeline, error)
	// Balances folds every posting committed so far.
	Balances(ctx context.Context) ([]ledger.Balance, error)
	// Due lists up to limit payments on which time has work to do, most overdue
	// first, and the earliest instant at which there will be more to do (zero when
	// never).
	Due(ctx context.Context, now time.Time, limit int) (ids []string, next time.Time, err error)
	// Backlog counts what has not left the outbox.
	Backlog(ctx context.Context) (int, error)
	// Ping reports whether the store answers.
	Ping(ctx context.Context) error
}

// Filter narrows a list of payments.
type Filter struct {
	Merchant  string         // "" for all
	Status    payment.Status // "" for all
	Reference string         // "" for all
	Before    string         // payment id; "" from the newest
	Limit     int
}

// Timeline is what is recorded about one payment besides itself.
type Timeline struct {
	Messages   []Message
	Entries    []SealedEntry
	Events     []event.Event
	Deliveries []DeliveryRecord
}

// SealedEntry is an entry with its place in the chain, if it has one yet.
type SealedEntry struct {
	ledger.Entry
	Seal ledger.Seal // zero until sealed
}

// DeliveryRecord is a delivery with its tries.
type DeliveryRecord struct {
	webhook.Delivery
	Attempts []webhook.Attempt
}

// Endpoints keeps webhook endpoints.
type Endpoints interface {
	AddEndpoint(ctx context.Context, e webhook.Endpoint) error
	Endpoint(ctx context.Context, merchant, id string) (webhook.Endpoint, error)
	ListEndpoints(ctx context.Context, merchant string) ([]webhook.Endpoint, error)
	// AllEndpoints lists those of all merchants.
	AllEndpoints(ctx context.Context) ([]webhook.Endpoint, error)
	// ChangeEndpoint locks an endpoint, has change change it, and keeps that; an
	// error of change keeps it as it was. The pending deliveries of one that is
	// disabled then are exhausted.
	ChangeEndpoint(ctx context.Context, merchant, id string, change func(*webhook.Endpoint) error) (webhook.Endpoint, error)
	// RemoveEndpoint deletes it; its pending deliveries are exhausted.
	RemoveEndpoint(ctx context.Context, merchant, id string) error
}

// Deliveries reads webhook deliveries, and sends them again. Whose an endpoint
// is has been looked at before.
type Deliveries interface {
	// ListDeliveries lists an endpoint's, newest first.
	ListDeliveries(ctx context.Context, f DeliveryFilter) ([]webhook.Delivery, error)
	// Delivery is one with its tries; [fault.NotFound] where it is not the endpoint's.
	Delivery(ctx context.Context, endpoint, id string) (DeliveryRecord, error)
	// Redeliver makes deliveries due at an instant and counts them.
	Redeliver(ctx context.Context, r Redelivery, at time.Time) (int, error)
	// AddEdited keeps a try of an edited body; it changes nothing else.
	AddEdited(ctx context.Context, a webhook.Attempt) error
}

// DeliveryFilter narrows a list of deliveries.
type DeliveryFilter struct {
	Endpoint string
	Status   webhook.DeliveryStatus // "" for all
	Before   string                 // delivery id; "" from the newest
	Limit    int
}

// Redelivery says what is to be sent again: one delivery, or all that failed.
type Redelivery struct {
	Endpoint string
	Delivery string // that one, whatever its status; "" for those that failed
	From     string // of those that failed, not those with lesser ids
	Limit    int    // of those that failed, the oldest so many
}

// Letter is a dead letter: a message that nobody could use, kept for people.
type Letter struct {
	ID         string
	At         time.Time
	MessageID  string
	Exchange   string // where it was published first
	Key        string
	Queue      string // where it died
	Reason     string // "rejected", "delivery_limit", "expired"
	Type       string
	Deliveries int
	Headers    string // JSON
	Body       []byte // whatever it was
}

// Letters keeps dead letters.
type Letters interface {
	AddLetters(ctx context.Context, list []Letter) error
	// Letters lists the newest first, and counts them all.
	Letters(ctx context.Context, limit int) (list []Letter, count int, err error)
	// TakeLetter removes one and returns it; [fault.NotFound] where it is gone.
	TakeLetter(ctx context.Context, id string) (Letter, error)
}
