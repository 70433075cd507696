package settlement

import (
	"slices"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
)

// BreakStatus is where a break stands.
type BreakStatus string

// The break statuses.
const (
	BreakOpen       BreakStatus = "open"
	BreakCorrected  BreakStatus = "corrected"   // the bank made it right in a later batch
	BreakWrittenOff BreakStatus = "written_off" // somebody gave it up, by an entry of its own
)

// Break is a difference between a bank's batch and the book. It is worked off by
// the bank's correction or by writing it off, both by new entries; nothing that
// was booked is ever edited.
type Break struct {
	ID          string         `json:"id"` // brk_ + UUIDv7
	Kind        wire.BreakKind `json:"kind"`
	Status      BreakStatus    `json:"status"`
	Settlement  string         `json:"settlement"`
	Batch       string         `json:"batch"` // as the bank calls it
	Bank        string         `json:"bank"`
	Currency    money.Currency `json:"currency"`
	Reference   string         `json:"reference"` // of the line, or of the one that is missing
	Payment     string         `json:"payment,omitempty"`
	Merchant    string         `json:"merchant,omitempty"`
	Expected    money.Amount   `json:"expected"`
	Found       money.Amount   `json:"found"`
	ExpectedFee money.Amount   `json:"expected_fee"`
	FoundFee    money.Amount   `json:"found_fee"`
	// Effect is what is left of it on the bank's account of breaks: positive is what
	// the bank still owes because of it. First is what it began with.
	Effect     money.Net `json:"effect"`
	First      money.Net `json:"first_effect"`
	OpenedAt   time.Time `json:"opened_at"`
	ResolvedAt time.Time `json:"resolved_at,omitzero"`
	ResolvedBy string    `json:"resolved_by,omitempty"` // the settlement, or who wrote it off
	Note       string    `json:"note,omitempty"`
	Entry      string    `json:"entry,omitempty"`   // that wrote it off
	Claimed    bool      `json:"claimed,omitempty"` // the bank was asked to make it right
}

// correct takes a line that makes an earlier one right, or that reverses it;
// false where no break waits for it.
func (m *matcher) correct(l wire.Line, gross, paid money.Amount) bool {
	for _, k := range m.open[l.Reference] {
		if k.Status != BreakOpen || k.Effect.IsNegative() != paid.IsNegative() {
			continue
		}
		if at := slices.IndexFunc(m.named[l.Reference], func(i *Item) bool { return k.Misses(*i) }); at >= 0 {
			m.settle(m.named[l.Reference][at], l, gross, paid)
			return true
		}
		m.Sums.Add(ledger.BankCash(k.Bank), paid)
		m.Sums.Add(ledger.Breaks(k.Bank), paid.Neg())
		m.reduce(k, paid)
		m.keepFee(k, l)
		m.Settlement.Matched++
		return true
	}
	return false
}

// Misses reports whether the break is that a batch left out this item.
func (k Break) Misses(i Item) bool {
	return k.Kind == wire.BreakMissing && i.State == Missing && k.Bank == i.Bank && k.Reference == i.Named() && k.First.IsNegative() != i.Credit()
}

// keepFee closes the break of a capture that the bank had settled when it was
// undone. All that is left is the fee, which the bank keeps.
func (m *matcher) keepFee(k *Break, l wire.Line) {
	if l.Kind != wire.LineReversal || k.Kind != wire.BreakUnknown || k.Status != BreakOpen || !k.Effect.Amount.Equal(k.FoundFee) {
		return
	}
	m.Sums.Add(ledger.BankFees(k.Bank), k.FoundFee)
	m.Sums.Add(ledger.Breaks(k.Bank), k.FoundFee.Neg())
	m.reduce(k, k.FoundFee)
}

// reduce takes from a break what the bank made right, and closes it with the last
// of it.
func (m *matcher) reduce(k *Break, by money.Amount) {
	k.Effect = k.Effect.Sub(by).Net()
	if k.Effect.IsZero() {
		k.Status, k.ResolvedAt, k.ResolvedBy = BreakCorrected, m.now, m.Settlement.ID
	}
}

// closeMissing closes the break of an item that the bank lists after all.
func (m *matcher) closeMissing(i *Item) {
	for _, k := range m.open[i.Named()] {
		if k.Misses(*i) && k.Status == BreakOpen {
			m.reduce(k, k.Effect.Amount)
		}
	}
}

// WriteOff gives a break up: it is refused with [fault.Conflict] where that is
// not open any more. By and note say who did and why.
func (k Break) WriteOff(now time.Time, by, note, entry string) (Break, error) {
	if k.Status != BreakOpen {
		return k, fault.New(fault.Conflict, "break_resolved", "The break is %s already.", k.Status)
	}
	k.Status, k.ResolvedAt, k.ResolvedBy, k.Note, k.Entry = BreakWrittenOff, now, by, note, entry
	return k, nil
}

// Without is the settlement after one of its breaks was worked off.
func (s Settlement) Without() Settlement {
	if s.OpenBreaks--; s.OpenBreaks <= 0 {
		s.OpenBreaks, s.Status = 0, Resolved
	}
	return s
}
