package object

import (
	"slices"

	"sandbank/money"
)

// Grouping is an order in which a report has its sums.
type Grouping string

// The groupings.
const (
	StatusBalances        Grouping = "status-balances"        // by what is pending and available, then by what moved it
	TransactionCategories Grouping = "transaction-categories" // by what moved the balance, then by its status
)

// Groupings lists them, the usual one first.
func Groupings() []Grouping { return []Grouping{StatusBalances, TransactionCategories} }

// Report is a Balance Report object: what moved a balance in some days.
type Report struct {
	Resource  string   `json:"resource"`
	BalanceID string   `json:"balanceId"`
	TimeZone  string   `json:"timeZone"`
	From      string   `json:"from"`  // the first day
	Until     string   `json:"until"` // the day after the last one
	Grouping  Grouping `json:"grouping"`
	Totals    Totals   `json:"totals"`
	Links     Links    `json:"_links"`
}

// Totals are groups of a report by name, and in each the sums by status: totals["pendingBalance"]["open"].
type Totals map[string]map[string]Group

// Group is one sum of a report, with what it is made of.
type Group struct {
	Amount    money.Net  `json:"amount"`
	Subtotals []Subtotal `json:"subtotals,omitempty"`
}

// Subtotal is the part of a sum that has one thing in common, which is the first of its members that is not empty.
type Subtotal struct {
	Sort
	Count     int        `json:"count"` // of movements
	Amount    money.Net  `json:"amount"`
	Subtotals []Subtotal `json:"subtotals,omitempty"`
}

// Sort is what the movements of a subtotal have in common: one of its members is set.
type Sort struct {
	Type   string `json:"transactionType,omitempty"`
	Part   string `json:"prepaymentPartType,omitempty"`
	Fee    string `json:"feeType,omitempty"`
	Method string `json:"method,omitempty"`
}

// Span is what happened to a balance in some days.
type Span struct {
	Open      money.Amount // what was pending when it began
	Pending   []Movement   // what was booked
	Moved     []Movement   // of what is pending or was before: what payouts took
	Available []Movement   // what became of it there
}

// Totals sums a span up. In either grouping a movement to what is available has the sign that it has there: what is pending at
// the close is what was at the opening, and what became so, less what moved.
func (s Span) Totals(g Grouping) Totals {
	zero := money.Zero(s.Open.Currency())
	sums := map[string]money.Amount{"pending": zero, "moved": zero, "available": zero}
	for name, list := range map[string][]Movement{"pending": s.Pending, "moved": s.Moved, "available": s.Available} {
		for _, m := range list {
			sums[name] = sums[name].Add(m.Amount)
		}
	}
	pending, available := s.Open.Add(sums["pending"]).Sub(sums["moved"]), sums["moved"].Add(sums["available"])
	only := func(a money.Amount) Group { return Group{Amount: a.Net()} }
	if g == StatusBalances {
		return Totals{
			"pendingBalance": {
				"open": only(s.Open), "pending": grouped(zero, s.Pending, Movement.byStatus), "movedToAvailable": grouped(zero, s.Moved, Movement.byStatus), "close": only(pending),
			},
			"availableBalance": {
				"open": only(zero), "movedFromPending": grouped(zero, s.Moved, Movement.byStatus), "immediatelyAvailable": grouped(zero, s.Available, Movement.byStatus), "close": only(available),
			},
		}
	}
	t := Totals{"open": {"pending": only(s.Open), "available": only(zero)}, "close": {"pending": only(pending), "available": only(available)}}
	for _, name := range categories {
		of := func(list []Movement) Group {
			return grouped(zero, slices.DeleteFunc(slices.Clone(list), func(m Movement) bool { return m.Category != name }), Movement.byCategory)
		}
		t[name] = map[string]Group{"pending": of(s.Pending), "movedToAvailable": of(s.Moved), "immediatelyAvailable": of(s.Available)}
	}
	return t
}

// grouped sums movements up, in the order in which their sorts come first.
func grouped(zero money.Amount, list []Movement, path func(Movement) []Sort) Group {
	g := Group{Amount: zero.Net()}
	for _, m := range list {
		g.Amount = g.Amount.Add(m.Amount).Net()
		at := &g.Subtotals
		for _, sort := range path(m) {
			i := slices.IndexFunc(*at, func(s Subtotal) bool { return s.Sort == sort })
			if i < 0 {
				i = len(*at)
				*at = append(*at, Subtotal{Sort: sort, Amount: zero.Net()})
			}
			s := &(*at)[i]
			s.Count, s.Amount = s.Count+1, s.Amount.Add(m.Amount).Net()
			at = &s.Subtotals
		}
	}
	return g
}
