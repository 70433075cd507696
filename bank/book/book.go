// Package book is the knowledge of a simulated bank: its customers' accounts and
// its authorizations, captures, refunds and unsettled amounts, kept by double
// entry. It is a pure state machine. A decision makes a [Record] and changes
// nothing; only [Book.Apply] changes the book, so that the same records always
// make the same book.
//
//	request ─▶ Decide ─▶ Record ─▶ (journal) ─▶ Apply ─▶ the book
//	time    ─▶ Tick   ─▶ Record ─▶ (journal) ─▶ Apply ─▶ the book
//
// Only the sums of old payments are kept: see [Keep].
package book

import (
	"cmp"
	"container/heap"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/sim"
)

// Keep is how many authorizations a bank remembers one by one. When there are
// more, the oldest that are settled, with nothing reserved and no open dispute,
// collapse into the balances: a request that names one of them then meets an
// unknown authorization. An authorization with an unsettled amount never
// collapses.
const Keep = 100_000

// Rules are the parts of a bank's temperament that the book needs.
type Rules struct {
	Bank          string
	Accounts      []Account
	Currencies    []money.Currency // the currencies that the bank deals in
	DisputeAfter  time.Duration    // time from the capture to the dispute
	DecideAfter   time.Duration    // time from the evidence to the decision
	RespondWithin time.Duration    // time to send evidence
	// Chosen makes a message of a customer's choice on the bank's page, and
	// EndOf makes the choice that a payment's order asks for. They may be nil if
	// no payment has an order.
	Chosen         func(Answer) wire.Result
	EndOf          func(sim.Order) Wish
	Authorizations int // to remember one by one; 0 is [Keep]
}

// Book is one bank's book. It is not safe for concurrent use.
type Book struct {
	rules    Rules
	last     time.Time // time of the record applied last
	auths    map[string]*authorization
	order    []string // ids of auths, oldest first
	ops      map[string]*operation
	strays   []string // ids of the operations that concern no known authorization
	tomb     recent   // requests that were reversed before they arrived
	accounts accounts
	fold     ledger.Fold
	observe  func(ledger.Entry) // used by tests

	disputes map[string]*dispute
	due      agenda
	unsent   map[string]*Answer // by request id
	said     outbox

	pending   map[money.Currency][]*item // items to be settled, in the order of time
	sequence  map[money.Currency]int
	breaks    map[place]*flaw
	cutOff    time.Time // the latest one
	seen      recent    // ids of control requests
	Control   wire.Temper
	offline   bool
	until     time.Time // when it is over by itself; zero for never
	failing   int       // number of refunds still to be sent back
	plants    []wire.Plant
	corrected []place // lines to correct in the next batch
}

// New returns an empty book with open accounts.
func New(r Rules) *Book {
	if r.Authorizations == 0 {
		r.Authorizations = Keep
	}
	b := &Book{
		rules: r, auths: map[string]*authorization{}, ops: map[string]*operation{}, fold: ledger.Fold{},
		disputes: map[string]*dispute{}, unsent: map[string]*Answer{}, said: newOutbox(),
		pending: map[money.Currency][]*item{}, sequence: map[money.Currency]int{}, breaks: map[place]*flaw{},
		tomb: newRecent(10_000), seen: newRecent(1000), accounts: newAccounts(r.Accounts),
	}
	for _, c := range r.Currencies {
		b.fill(c, time.Time{})
	}
	return b
}

// Stamp returns the time of the next record: now, or just after the latest
// record if that is not earlier. So each decision has an instant of its own, and
// a cut-off separates decisions exactly, even on a clock that stands still.
func (b *Book) Stamp(now time.Time) time.Time {
	if next := b.last.Add(time.Microsecond); now.Before(next) {
		return next
	}
	return now
}

// latest is the present, or the instant of the latest record if that is later.
func (b *Book) latest(now time.Time) time.Time {
	if now.Before(b.last) {
		return b.last
	}
	return now
}

// Offline reports whether the bank was told to go offline, and that is not over yet.
func (b *Book) Offline(now time.Time) bool {
	return b.offline && (b.until.IsZero() || now.Before(b.until))
}

// Balances lists the accounts.
func (b *Book) Balances() []ledger.Balance { return b.fold.Balances() }

// Due returns the time at which [Book.Tick] has its next work; false if it has
// none.
func (b *Book) Due() (time.Time, bool) {
	if len(b.due) == 0 {
		return time.Time{}, false
	}
	return b.due[0].at, true
}

func (b *Book) remind(at time.Time, what reminder, id string) {
	heap.Push(&b.due, appointment{at, what, id})
}

// reminder is the purpose of an appointment.
type reminder int

const (
	toRelease reminder = iota // to release an authorization that runs out
	toDispute                 // to dispute a capture
	toDecide                  // to decide a dispute
	toChoose                  // to end a challenge in the customer's place
	toReturn                  // to come back from being offline
)

type appointment struct {
	at   time.Time
	what reminder
	id   string
}

// agenda is a heap of appointments. One that has become void is skipped when its
// time comes.
type agenda []appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), cmp.Compare(a[i].what, a[j].what), cmp.Compare(a[i].id, a[j].id)) < 0
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// recent remembers the newest ids of one kind.
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
