package settlement

import (
	"cmp"
	"slices"
	"time"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
)

// Position compares one bank's debt in one currency by this book, the claim,
// with the bank's own latest statement of it.
//
//	claim       = receivable + breaks
//	difference  = claim - later - owed
//	unexplained = difference + written off
type Position struct {
	Bank       string         `json:"bank"`
	Currency   money.Currency `json:"currency"`
	Receivable money.Net      `json:"receivable"`
	Breaks     money.Net      `json:"breaks"`
	Claim      money.Net      `json:"claim"`
	// Later is the part of the claim that was booked after the bank's latest
	// cut-off, so that its latest batch says nothing about it; before the first
	// cut-off, the whole claim.
	Later       money.Net  `json:"later"`
	Settlement  string     `json:"settlement,omitempty"` // the latest matched one
	CoversUntil *time.Time `json:"covers_until,omitempty"`
	Owed        *money.Net `json:"owed,omitempty"` // the bank's debt by its own book at that time
	Difference  money.Net  `json:"difference"`
	// WrittenOff is the sum given up here, of which the bank does not know.
	WrittenOff  money.Net  `json:"written_off"`
	Unexplained money.Net  `json:"unexplained"` // zero, unless one of the books is wrong
	OpenBreaks  []BreakSum `json:"open_breaks"`
}

// BreakSum is the open breaks of one kind.
type BreakSum struct {
	Kind   wire.BreakKind `json:"kind"`
	Count  int            `json:"count"`
	Effect money.Net      `json:"effect"`
}

// Explained reports whether nothing is unexplained.
func (p Position) Explained() bool { return p.Unexplained.IsZero() }

// Evidence is the input of a reconciliation.
type Evidence struct {
	Balances []ledger.Balance
	Latest   []Settlement // the latest matched one of each bank and currency
	Later    []money.Net  // for each of them, the claims on the open items that were booked after its cut-off
	Breaks   []Break      // the open and the written-off breaks
}

type place struct {
	bank     string
	currency money.Currency
}

// Reconcile makes the positions, by bank and currency.
func Reconcile(e Evidence) []Position {
	all := map[place]*Position{}
	at := func(bank string, c money.Currency) *Position {
		p := all[place{bank, c}]
		if p == nil {
			zero := money.Zero(c).Net()
			p = &Position{
				Bank: bank, Currency: c, Receivable: zero, Breaks: zero, Claim: zero, Later: zero, Difference: zero,
				WrittenOff: zero, Unexplained: zero, OpenBreaks: []BreakSum{},
			}
			all[place{bank, c}] = p
		}
		return p
	}
	for _, b := range e.Balances {
		kind, bank := b.Account.Owner()
		net := money.Of(b.Net(), b.Currency).Net()
		switch {
		case kind != "bank":
		case b.Account == ledger.BankReceivable(bank):
			at(bank, b.Currency).Receivable = net
		case b.Account == ledger.Breaks(bank):
			at(bank, b.Currency).Breaks = net
		}
	}
	for i, s := range e.Latest {
		p := at(s.Bank, s.Currency)
		p.Settlement, p.CoversUntil, p.Owed, p.Later = s.ID, &s.CoversUntil, &s.Owed, e.Later[i]
	}
	for _, k := range e.Breaks {
		at(k.Bank, k.Currency).count(k)
	}
	list := make([]Position, 0, len(all))
	for _, p := range all {
		p.conclude()
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Bank, b.Bank), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}

func (p *Position) count(k Break) {
	switch k.Status {
	case BreakWrittenOff:
		p.WrittenOff = p.WrittenOff.Add(k.Effect.Amount).Net()
	case BreakOpen:
		i := slices.IndexFunc(p.OpenBreaks, func(s BreakSum) bool { return s.Kind == k.Kind })
		if i < 0 {
			i = len(p.OpenBreaks)
			p.OpenBreaks = append(p.OpenBreaks, BreakSum{Kind: k.Kind, Effect: money.Zero(p.Currency).Net()})
		}
		s := &p.OpenBreaks[i]
		s.Count++
		s.Effect = s.Effect.Add(k.Effect.Amount).Net()
	case BreakCorrected:
	}
}

func (p *Position) conclude() {
	p.Claim = p.Receivable.Add(p.Breaks.Amount).Net()
	slices.SortFunc(p.OpenBreaks, func(a, b BreakSum) int { return cmp.Compare(a.Kind, b.Kind) })
	if p.Owed == nil {
		p.Later = p.Claim
		return
	}
	p.Difference = p.Claim.Sub(p.Later.Amount).Sub(p.Owed.Amount).Net()
	p.Unexplained = p.Difference.Add(p.WrittenOff.Amount).Net()
}
