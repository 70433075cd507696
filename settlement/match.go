package settlement

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
)

// Status is the status of a settlement.
type Status string

// The settlement statuses.
const (
	Received Status = "received" // waits for answers that have not arrived yet
	Matched  Status = "matched"  // every line fits the book
	Broken   Status = "broken"   // some do not fit: see its breaks
	Resolved Status = "resolved" // all breaks are resolved
)

// Settlement is a bank's batch with the result of comparing it with the book.
type Settlement struct {
	ID           string         `json:"id"`    // stl_ + UUIDv7
	Batch        string         `json:"batch"` // the bank's name for it
	Bank         string         `json:"bank"`
	Currency     money.Currency `json:"currency"`
	BusinessDate string         `json:"business_date"`
	Sequence     int            `json:"sequence"`
	CoversUntil  time.Time      `json:"covers_until"`
	Status       Status         `json:"status"`
	Lines        int            `json:"lines"`
	Matched      int            `json:"matched"` // lines that fit the book
	Breaks       int            `json:"breaks"`  // number of breaks that it made
	OpenBreaks   int            `json:"open_breaks"`
	Credits      money.Amount   `json:"credits"`
	Debits       money.Amount   `json:"debits"`
	Fees         money.Amount   `json:"fees"`
	Net          money.Net      `json:"net"`  // paid by the bank
	Owed         money.Net      `json:"owed"` // the bank's remaining debt, by its own book
	ReceivedAt   time.Time      `json:"received_at"`
	MatchedAt    time.Time      `json:"matched_at,omitzero"`
}

// Of returns the settlement for a batch that was just received.
func Of(id string, b wire.Settlement, now time.Time) Settlement {
	return Settlement{
		ID: id, Batch: b.ID, Bank: b.Bank, Currency: b.Currency, BusinessDate: b.BusinessDate, Sequence: b.Sequence,
		CoversUntil: b.CoversUntil, Status: Received, Lines: len(b.Lines), Credits: b.Credits, Debits: b.Debits, Fees: b.Fees,
		Net: b.Net, Owed: b.Owed, ReceivedAt: now,
	}
}

// Outcome is the result of matching a batch.
type Outcome struct {
	Settlement Settlement
	Items      []Item  // items that changed
	Breaks     []Break // new breaks, and open ones that changed
	Sums       ledger.Sums
}

// matcher compares a batch with the book, line by line.
type matcher struct {
	Outcome
	now    time.Time
	newID  func(n int) string
	items  map[string]*Item
	named  map[string][]*Item // by their names in the bank's batch
	order  []string           // ids of the items, in the given order
	before map[string]Item
	open   map[string][]*Break // by reference
	fresh  []*Break
	zero   money.Amount
}

// Match compares a batch with the items that it names or should name, and with
// the bank's open breaks. An item is expected if the bank booked it until the
// batch's CoversUntil. NewID makes the ids of breaks.
func Match(s Settlement, b wire.Settlement, items []Item, breaks []Break, now time.Time, newID func(n int) string) Outcome {
	m := &matcher{
		Outcome: Outcome{Settlement: s, Sums: ledger.Sums{}}, now: now, newID: newID, zero: money.Zero(b.Currency),
		items: map[string]*Item{}, named: map[string][]*Item{}, before: map[string]Item{}, open: map[string][]*Break{},
	}
	for _, i := range items {
		m.items[i.ID], m.before[i.ID] = &i, i
		m.named[i.Named()] = append(m.named[i.Named()], &i)
		m.order = append(m.order, i.ID)
	}
	old := make([]*Break, 0, len(breaks))
	for _, k := range breaks {
		old = append(old, &k)
		m.open[k.Reference] = append(m.open[k.Reference], &k)
	}
	for _, l := range b.Lines {
		m.line(l)
	}
	m.missing(b.CoversUntil)
	m.finish(old, breaks)
	return m.Outcome
}

// item returns the item that a line names. A request and a dispute may have the
// same name, but different kinds of lines settle them; so may the disputes of two
// payments, which the line names.
func (m *matcher) item(l wire.Line) (*Item, bool) {
	list := m.named[l.Reference]
	for _, of := range []string{l.Payment, ""} { // a line that names no payment, or the wrong one, is not unknown for that
		for _, i := range list {
			if string(i.Kind) == string(l.Kind) && (of == "" || of == i.Payment) {
				return i, true
			}
		}
	}
	if len(list) == 0 {
		return nil, false
	}
	return list[0], true
}

func (m *matcher) line(l wire.Line) {
	gross, paid := l.Gross(), l.Paid()
	if l.Kind == wire.LineCorrection || l.Kind == wire.LineReversal {
		if m.correct(l, gross, paid) {
			return
		}
	}
	i, known := m.item(l)
	switch {
	case known && i.WrittenOff && l.Kind != wire.LineReversal && i.Credit() == (l.Direction == wire.LineCredit):
		m.comeAfterAll(i, l, paid)
	case l.Kind == wire.LineCorrection || l.Kind == wire.LineReversal || !known || i.Credit() != (l.Direction == wire.LineCredit):
		m.stray(wire.BreakUnknown, l, nil, paid)
	case i.State == ItemSettled:
		m.stray(wire.BreakTwice, l, i, paid)
	default:
		m.settle(i, l, gross, paid)
	}
}

// settle matches a line with the item that waits for it. A difference to the
// expected payment is a break; if the item was missing, its break closes.
func (m *matcher) settle(i *Item, l wire.Line, gross, paid money.Amount) {
	from := ledger.Breaks(i.Bank)
	if i.State == ItemOpen {
		from = i.receivable()
	} else {
		m.closeMissing(i)
	}
	i.State, i.Settlement = ItemSettled, m.Settlement.ID
	expected := i.signed(i.Amount).Sub(i.BankFee)
	short := expected.Sub(paid)
	m.Sums.Add(ledger.BankCash(i.Bank), paid)
	m.Sums.Add(ledger.BankFees(i.Bank), i.BankFee)
	m.Sums.Add(from, i.signed(i.Amount).Neg())
	m.Sums.Add(ledger.Breaks(i.Bank), short)
	switch {
	case !gross.Equal(i.signed(i.Amount)):
		m.found(wire.BreakWrongAmount, l, i, short)
	case !l.Fee.Equal(i.BankFee):
		m.found(wire.BreakFee, l, i, short)
	default:
		m.Settlement.Matched++
	}
}

// comeAfterAll takes a line for an item that was given up. The bank keeps its
// fee; the rest is a break, because the loss is booked already.
func (m *matcher) comeAfterAll(i *Item, l wire.Line, paid money.Amount) {
	i.WrittenOff, i.Settlement = false, m.Settlement.ID
	back := paid.Add(i.BankFee)
	m.Sums.Add(ledger.BankCash(i.Bank), paid)
	m.Sums.Add(ledger.BankFees(i.Bank), i.BankFee)
	m.Sums.Add(ledger.Breaks(i.Bank), back.Neg())
	m.found(wire.BreakUnknown, l, i, back.Neg())
}

// stray takes a line without an item: its money is a break.
func (m *matcher) stray(kind wire.BreakKind, l wire.Line, i *Item, paid money.Amount) {
	m.Sums.Add(ledger.BankCash(m.Settlement.Bank), paid)
	m.Sums.Add(ledger.Breaks(m.Settlement.Bank), paid.Neg())
	m.found(kind, l, i, paid.Neg())
}

// found adds a new break. Effect is its amount on the account of breaks.
func (m *matcher) found(kind wire.BreakKind, l wire.Line, i *Item, effect money.Amount) {
	k := &Break{
		ID: m.newID(len(m.fresh) + 1), Kind: kind, Settlement: m.Settlement.ID, Batch: m.Settlement.Batch, Bank: m.Settlement.Bank, Currency: m.Settlement.Currency,
		Reference: l.Reference, Payment: l.Payment, Found: l.Amount, FoundFee: l.Fee, Expected: m.zero, ExpectedFee: m.zero,
		Effect: effect.Net(), First: effect.Net(), Status: BreakOpen, OpenedAt: m.now,
	}
	if i != nil {
		k.Payment, k.Merchant = i.Payment, i.Merchant
		if kind != wire.BreakTwice {
			k.Expected, k.ExpectedFee = i.Amount, i.BankFee
		}
	}
	m.fresh = append(m.fresh, k)
	m.Settlement.Breaks++
	m.open[l.Reference] = append(m.open[l.Reference], k)
}

// missing adds breaks for the items that the batch should have listed.
func (m *matcher) missing(until time.Time) {
	for _, id := range m.order {
		i := m.items[id]
		if i.State != ItemOpen || !i.Kind.Settles() || i.BookedAt.After(until) {
			continue
		}
		i.State, i.Settlement = ItemMissing, m.Settlement.ID
		effect := i.signed(i.Amount)
		m.Sums.Add(i.receivable(), effect.Neg())
		m.Sums.Add(ledger.Breaks(i.Bank), effect)
		m.found(wire.BreakMissing, wire.Line{Reference: i.Named(), Payment: i.Payment, Amount: m.zero, Fee: m.zero}, i, effect)
	}
}

// finish counts the results, and collects what changed.
func (m *matcher) finish(old []*Break, before []Break) {
	for n, k := range old {
		if *k != before[n] {
			m.Outcome.Breaks = append(m.Outcome.Breaks, *k)
		}
	}
	for _, k := range m.fresh {
		m.Outcome.Breaks = append(m.Outcome.Breaks, *k)
		if k.Status == BreakOpen {
			m.Settlement.OpenBreaks++
		}
	}
	for _, id := range m.order {
		if i := m.items[id]; *i != m.before[id] {
			m.Items = append(m.Items, *i)
		}
	}
	m.Settlement.Status, m.Settlement.MatchedAt = Matched, m.now
	if m.Settlement.OpenBreaks > 0 {
		m.Settlement.Status = Broken
	}
}
