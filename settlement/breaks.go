package settlement

import (
	"slices"
	"time"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
)

// BreakStatus is the status of a break.
type BreakStatus string

// The break statuses.
const (
	BreakOpen       BreakStatus = "open"
	BreakCorrected  BreakStatus = "corrected"   // the bank corrected it in a later batch
	BreakWrittenOff BreakStatus = "written_off" // given up by an entry of its own
)

// Break is a difference between a bank's batch and the book. It is resolved by
// the bank's correction or by a write-off. Both are new entries; a booked entry
// is never edited.
type Break struct {
	ID          string         `json:"id"` // brk_ + UUIDv7
	Kind        wire.BreakKind `json:"kind"`
	Status      BreakStatus    `json:"status"`
	Settlement  string         `json:"settlement"`
	Batch       string         `json:"batch"` // the bank's name for the batch
	Bank        string         `json:"bank"`
	Currency    money.Currency `json:"currency"`
	Reference   string         `json:"reference"` // of the line, or of the missing line
	Payment     string         `json:"payment,omitempty"`
	Merchant    string         `json:"merchant,omitempty"`
	Expected    money.Amount   `json:"expected"`
	Found       money.Amount   `json:"found"`
	ExpectedFee money.Amount   `json:"expected_fee"`
	FoundFee    money.Amount   `json:"found_fee"`
	// Effect is the break's remaining amount on the bank's account of breaks; if
	// positive, the bank still owes it. First is the amount at the beginning.
	Effect     money.Net `json:"effect"`
	First      money.Net `json:"first_effect"`
	OpenedAt   time.Time `json:"opened_at"`
	ResolvedAt time.Time `json:"resolved_at,omitzero"`
	ResolvedBy string    `json:"resolved_by,omitempty"` // the settlement, or the person who wrote it off
	Note       string    `json:"note,omitempty"`
	Entry      string    `json:"entry,omitempty"`   // the entry of the write-off
	Claimed    bool      `json:"claimed,omitempty"` // the bank was asked for a correction
}

// correct applies a line that corrects or reverses an earlier one; false if no
// break waits for it.
func (m *matcher) correct(l wire.Line, gross, paid money.Amount) bool {
	for _, k := range m.waiting(l) {
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

// waiting are the breaks of the name that a line names, those of the line's own payment first.
func (m *matcher) waiting(l wire.Line) []*Break {
	list := slices.Clone(m.open[l.Reference])
	slices.SortStableFunc(list, func(a, b *Break) int {
		switch {
		case (a.Payment == l.Payment) == (b.Payment == l.Payment):
			return 0
		case a.Payment == l.Payment:
			return -1
		}
		return 1
	})
	return list
}

// Misses reports whether the break is that a batch omitted this item.
func (k Break) Misses(i Item) bool {
	return k.Kind == wire.BreakMissing && i.State == ItemMissing && k.Bank == i.Bank && k.Payment == i.Payment && k.Reference == i.Named() &&
		k.First.IsNegative() != i.Credit()
}

// keepFee closes the break of a capture that was undone after the bank had
// settled it. Only the fee remains, which the bank keeps.
func (m *matcher) keepFee(k *Break, l wire.Line) {
	if l.Kind != wire.LineReversal || k.Kind != wire.BreakUnknown || k.Status != BreakOpen || !k.Effect.Amount.Equal(k.FoundFee) {
		return
	}
	m.Sums.Add(ledger.BankFees(k.Bank), k.FoundFee)
	m.Sums.Add(ledger.Breaks(k.Bank), k.FoundFee.Neg())
	m.reduce(k, k.FoundFee)
}

// reduce lowers a break by the corrected amount, and closes it when nothing
// remains.
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

// WriteOff gives a break up. It fails with [fault.Conflict] if the break is no
// longer open. By and note record who did it and why.
func (k Break) WriteOff(now time.Time, by, note, entry string) (Break, error) {
	if k.Status != BreakOpen {
		return k, fault.New(fault.Conflict, "break_resolved", "The break is %s already.", k.Status)
	}
	k.Status, k.ResolvedAt, k.ResolvedBy, k.Note, k.Entry = BreakWrittenOff, now, by, note, entry
	return k, nil
}

// Without returns the settlement after one of its breaks was resolved.
func (s Settlement) Without() Settlement {
	if s.OpenBreaks--; s.OpenBreaks <= 0 {
		s.OpenBreaks, s.Status = 0, Resolved
	}
	return s
}
