package book

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/money"
)

// place names a line of a batch.
type place struct{ settlement, reference string }

func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(p.settlement, q.settlement), strings.Compare(p.reference, q.reference))
}

// flaw is the error in a line: the amount that it should have paid in addition,
// or the item that it should have listed.
type flaw struct {
	currency money.Currency
	payment  string
	owed     money.Amount
	item     *item
}

// flawed records a flaw of a batch; flaws with one reference add up.
func (b *Book) flawed(s wire.Settlement, reference, payment string, owed money.Amount, c *item) {
	if owed.IsZero() && c == nil {
		return
	}
	at := place{s.ID, reference}
	if f := b.breaks[at]; f != nil {
		f.owed = f.owed.Add(owed)
		return
	}
	b.breaks[at] = &flaw{s.Currency, payment, owed, c}
}

// corrections returns the lines that correct earlier ones.
func (b *Book) corrections(c money.Currency, at time.Time) (lines []wire.Line) {
	for _, where := range b.corrected {
		f := b.breaks[where]
		if f == nil || f.currency != c {
			continue
		}
		l := wire.Line{
			Reference: where.reference, Payment: f.payment, Kind: wire.LineCorrection, Direction: wire.LineCredit,
			Amount: f.owed.Abs(), Fee: money.Zero(c), BookedAt: at,
		}
		if f.owed.IsNegative() {
			l.Direction = wire.LineDebit
		}
		if f.item != nil {
			l.Direction, l.Amount, l.Fee = f.item.line.Direction, f.item.line.Amount, f.item.line.Fee
		}
		if l.Amount.IsPositive() {
			lines = append(lines, l)
		}
	}
	return lines
}

// planter puts breaks into batches: the requested ones, and one of each of the
// bank's standing kinds if the batch has enough lines.
type planter struct {
	seed     uint64
	asked    []wire.Plant
	standing []wire.BreakKind
}

// plant changes a batch's lines, and returns the references it left out. A
// request that fits no line here waits for the next batch. No line is broken
// twice.
func (p *planter) plant(s *wire.Settlement) (withheld []string) {
	luck := chance.For(p.seed, "plant "+s.ID)
	broken := map[string]bool{}
	one := func(w wire.Plant) bool {
		reference, ok := p.breakLine(s, w, broken, luck)
		if ok && w.Kind == wire.BreakMissing {
			withheld = append(withheld, reference)
		}
		return ok
	}
	p.asked = slices.DeleteFunc(slices.Clone(p.asked), func(w wire.Plant) bool {
		return (w.Currency == "" || w.Currency == s.Currency) && one(w)
	})
	if len(s.Lines) >= len(p.standing) {
		for _, kind := range p.standing {
			one(wire.Plant{Kind: kind})
		}
	}
	return withheld
}

func (p *planter) breakLine(s *wire.Settlement, w wire.Plant, broken map[string]bool, luck *rand.Rand) (string, bool) {
	if w.Kind == wire.BreakUnknown {
		return p.invent(s, broken, luck), true
	}
	var fit []int
	for i, l := range s.Lines {
		capture := l.Kind == wire.LineCapture
		if (capture || l.Kind == wire.LineRefund && w.Kind != wire.BreakFee) && !broken[l.Reference] &&
			(w.Reference == "" || w.Reference == l.Reference) {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 {
		return "", false
	}
	i := fit[luck.IntN(len(fit))]
	l := &s.Lines[i]
	reference, unit := l.Reference, money.Of(decimal.New(1, -s.Currency.Decimals()), s.Currency)
	broken[reference] = true
	switch w.Kind {
	case wire.BreakMissing:
		s.Lines = slices.Delete(s.Lines, i, i+1)
	case wire.BreakTwice:
		s.Lines = slices.Insert(s.Lines, i+1, *l)
	case wire.BreakWrongAmount:
		l.Amount = l.Amount.Add(unit)
	case wire.BreakFee:
		l.Fee = l.Fee.Add(unit)
	case wire.BreakUnknown:
	}
	return reference, true
}

// invent adds a capture that never happened.
func (p *planter) invent(s *wire.Settlement, broken map[string]bool, luck *rand.Rand) string {
	amount := money.Of(decimal.NewFromInt(int64(10+luck.IntN(90))), s.Currency)
	id := fmt.Sprintf("%016x", luck.Uint64())
	l := wire.Line{
		Reference: "req_unknown_" + id, Payment: "pay_unknown_" + id, Kind: wire.LineCapture, Direction: wire.LineCredit,
		Amount: amount, Fee: wire.BankFee(amount), BookedAt: s.CoversUntil,
	}
	broken[l.Reference] = true
	s.Lines = append(s.Lines, l)
	return l.Reference
}
