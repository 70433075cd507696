// Package book is what a simulated bank knows: its customers' accounts, what it
// authorized, captured, gave back and has yet to settle, kept by double entry.
// It is a pure state machine. Deciding makes a [Record] and changes nothing;
// [Book.Apply] is the only thing that changes the book, so that a book that is
// applied to the same records again is the same book.
//
//	request ─▶ Decide ─▶ Record ─▶ (journal) ─▶ Apply ─▶ the book
//	time    ─▶ Tick   ─▶ Record ─▶ (journal) ─▶ Apply ─▶ the book
//
// Of what is old, only the sums stay: see [Keep].
package book

import (
	"container/heap"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/sim"
)

// Keep is how many authorizations a bank remembers one by one. Of those beyond,
// the oldest that are settled, with nothing held and no open dispute, collapse
// into the balances: a request that names one of them then meets an unknown
// authorization. What waits for a settlement never collapses.
const Keep = 100_000

// Rules are what of a bank's ways the book has to know.
type Rules struct {
	Bank          string
	Accounts      []Account
	Currencies    []money.Currency // what it deals in
	DisputeAfter  time.Duration    // from the capture to the dispute
	DecideAfter   time.Duration    // from the evidence to the decision
	RespondWithin time.Duration    // for the evidence
	// Chosen and EndOf make a customer's choice on the bank's page of an order, and
	// a message of that. Nil where nobody orders any.
	Chosen         func(Answer) wire.Result
	EndOf          func(sim.Order) Wish
	authorizations int // Keep, where a test wants less
}

// Book is one bank's book. It is not safe for concurrent use.
type Book struct {
	rules    Rules
	last     time.Time // of the record applied last
	auths    map[string]*authorization
	order    []string // of auths, oldest first
	ops      map[string]*operation
	strays   []string // of ops, those about no known authorization
	tomb     recent   // requests that were reversed before they came
	accounts accounts
	fold     ledger.Fold
	observe  func(ledger.Entry) // of tests

	disputes map[string]*dispute
	due      agenda
	unsent   map[string]*Answer // by request
	said     outbox

	pending   map[money.Currency][]*claim // not settled yet, in the order of time
	sequence  map[money.Currency]int
	breaks    map[place]*flaw
	cutOff    time.Time // the last one
	seen      recent    // control requests
	Control   wire.Temper
	offline   bool
	failing   int // refunds to send back
	plants    []wire.Plant
	corrected []place // to make right in the next batch
}

// New is an empty book, with its accounts opened.
func New(r Rules) *Book {
	if r.authorizations == 0 {
		r.authorizations = Keep
	}
	b := &Book{
		rules: r, auths: map[string]*authorization{}, ops: map[string]*operation{}, fold: ledger.Fold{},
		disputes: map[string]*dispute{}, unsent: map[string]*Answer{}, said: newOutbox(),
		pending: map[money.Currency][]*claim{}, sequence: map[money.Currency]int{}, breaks: map[place]*flaw{},
		tomb: newRecent(10_000), seen: newRecent(1000), accounts: newAccounts(r.Accounts),
	}
	for _, c := range r.Currencies {
		b.fill(c, time.Time{})
	}
	return b
}

// Stamp is the time of the next record: now, but after every record before it.
// Each decision so has an instant of its own, and a cut-off a sharp edge, also
// on a clock that stands still.
func (b *Book) Stamp(now time.Time) time.Time {
	if next := b.last.Add(time.Microsecond); now.Before(next) {
		return next
	}
	return now
}

// Offline reports whether the bank was told to be away.
func (b *Book) Offline() bool { return b.offline }

// Balances lists the accounts.
func (b *Book) Balances() []ledger.Balance { return b.fold.Balances() }

// Due is when [Book.Tick] has something to do next; false for never.
func (b *Book) Due() (time.Time, bool) {
	if len(b.due) == 0 {
		return time.Time{}, false
	}
	return b.due[0].at, true
}

func (b *Book) remind(at time.Time, what reminder, id string) {
	heap.Push(&b.due, appointment{at, what, id})
}

// reminder is what an appointment is for.
type reminder int

const (
	toRelease reminder = iota // an authorization that runs out
	toDispute                 // a capture that will be disputed
	toDecide                  // a dispute
	toChoose                  // a challenge that a customer was made to end
)

type appointment struct {
	at   time.Time
	what reminder
	id   string
}

// agenda is a heap of appointments; one that no longer holds is skipped when its
// time comes.
type agenda []appointment

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// recent remembers the newest ids of a kind.
type recent struct {
	known map[string]struct{}
	order []string
	most  int
}

func newRecent(most int) recent { return recent{known: map[string]struct{}{}, most: most} }

func (r *recent) add(id string) {
	if r.has(id) {
		return
	}
	if len(r.order) == r.most {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	r.known[id] = struct{}{}
	r.order = append(r.order, id)
}

func (r *recent) has(id string) bool { _, ok := r.known[id]; return ok }
