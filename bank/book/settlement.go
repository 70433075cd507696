package book

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/money"
)

// item is a line that a settlement has to list.
type item struct {
	line     wire.Line
	auth     *authorization
	dropped  bool // undone before it was settled
	settled  bool
	withheld bool // left out on purpose until a correction
}

// owe adds an item to be settled.
func (b *Book) owe(a *authorization, l wire.Line) *item {
	c := &item{line: l, auth: a}
	a.unsettled++
	currency := l.Amount.Currency()
	b.pending[currency] = append(b.pending[currency], c)
	return c
}

// drop removes an item that was undone. It returns false if the item is settled,
// or withheld as if it were.
func (b *Book) drop(c *item) bool {
	if c == nil || c.settled || c.withheld || c.dropped {
		return false
	}
	c.dropped = true
	c.auth.unsettled--
	return true
}

// Order says how to make a cut-off.
type Order struct {
	Daily    bool           // at its time, without a command
	Currency money.Currency // settles this currency alone; "" for all
	// Plants are the breaks that this bank puts into every batch with enough
	// lines.
	Plants []wire.BreakKind
	Seed   uint64
}

// Settle makes the record of a cut-off: batches of everything that was decided
// and published up to then. They cover the time up to the oldest answer that is
// still to be published, so that they list exactly the decisions until that
// time.
func (b *Book) Settle(now time.Time, o Order) Record {
	at := b.Stamp(now)
	r := Record{Kind: CutOff, Bank: b.rules.Bank, At: at, Daily: o.Daily}
	covers := b.covered(at)
	left := slices.Clone(b.plants)
	for _, c := range b.currencies(o) {
		p := &planter{seed: o.Seed, asked: left, standing: o.Plants}
		batches, withheld := b.batches(c, at, covers, p)
		r.Batches, r.Withheld, left = append(r.Batches, batches...), append(r.Withheld, withheld...), p.asked
	}
	r.Plants = left
	return r
}

// covered returns the time until which every decision has been published.
func (b *Book) covered(at time.Time) time.Time {
	covers := at
	bound := func(decided time.Time) {
		if before := decided.Add(-time.Microsecond); before.Before(covers) {
			covers = before
		}
	}
	for _, a := range b.unsent {
		bound(a.At)
	}
	for _, m := range b.said.messages {
		switch m := m.(type) {
		case wire.Result:
			bound(m.DecidedAt)
		case wire.Dispute:
			bound(m.DecidedAt)
		}
	}
	return covers
}

// currencies returns the currencies of a cut-off: all of them if it was
// commanded, otherwise those in which something has ever happened.
func (b *Book) currencies(o Order) []money.Currency {
	if o.Currency != "" {
		return []money.Currency{o.Currency}
	}
	var list []money.Currency
	for c := range b.pending {
		list = append(list, c)
	}
	if !o.Daily {
		list = append(list, b.rules.Currencies...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// batches makes the settlements of a currency, several if there are too many
// lines. Each covers the time until its last line.
func (b *Book) batches(c money.Currency, at, covers time.Time, p *planter) (list []wire.Settlement, withheld []string) {
	owed := b.credit(processorAccount, c)
	var items []*item
	for _, item := range b.pending[c] {
		switch {
		case item.dropped || item.settled || item.withheld:
		case item.line.BookedAt.After(covers):
			owed = owed.Sub(item.line.Gross().Decimal())
		default:
			items = append(items, item)
		}
	}
	extra := b.corrections(c, covers)
	for {
		n := fit(items, len(extra)+len(wire.BreakKinds())*2)
		s := wire.Settlement{
			Type: wire.SettlementType, Bank: b.rules.Bank, Currency: c, BusinessDate: at.Format(time.DateOnly),
			Sequence: b.sequence[c] + len(list) + 1, CoversUntil: covers, SentAt: at,
		}
		s.ID = fmt.Sprintf("stl-%s-%s-%s-%d", s.Bank, c, at.Format("20060102"), s.Sequence)
		if n < len(items) {
			s.CoversUntil = items[n-1].line.BookedAt
		}
		s.Lines = make([]wire.Line, 0, n+len(extra))
		for _, item := range items[:n] {
			s.Lines = append(s.Lines, item.line)
		}
		missing := p.plant(&s)
		s.Lines = append(s.Lines, extra...)
		s.Credits, s.Debits, s.Fees, s.Net = s.Sums()
		owed = owed.Sub(b.takes(s))
		s.Owed = money.Of(owed, c).Net()
		for _, later := range items[n:] {
			s.Owed = s.Owed.Sub(later.line.Gross()).Net()
		}
		list, withheld = append(list, s), append(withheld, missing...)
		if items, extra = items[n:], nil; len(items) == 0 {
			return list, withheld
		}
	}
}

// fit returns how many items go into one batch, with room for some lines more.
func fit(items []*item, room int) int {
	const line = 260 // bytes of a line without its two ids
	size := 1024 + room*(line+400)
	for i, c := range items {
		size += line + len(c.line.Reference) + len(c.line.Payment)
		if i > 0 && (i >= wire.MaxLines-room || size > wire.MaxSettlement) {
			return i
		}
	}
	return len(items)
}

// cut books a cut-off.
func (b *Book) cut(r Record) {
	for _, id := range r.Withheld {
		for _, list := range b.pending {
			for _, c := range list {
				if c.line.Reference == id && c.line.Kind != wire.LineReversal && !c.dropped { // as the planter chooses lines
					c.withheld = true
				}
			}
		}
	}
	withheld := slices.Clone(r.Withheld)
	for _, s := range r.Batches {
		withheld = b.pay(s, withheld)
	}
	for c, list := range b.pending {
		b.pending[c] = slices.DeleteFunc(list, func(c *item) bool { return c.settled || c.dropped })
	}
	b.plants = r.Plants
	if r.Daily {
		b.cutOff = r.At
		for _, c := range b.rules.Currencies {
			b.fill(c, r.At)
		}
	}
}

// Owed returns the bank's debt to the processor in a currency.
func (b *Book) Owed(c money.Currency) money.Net {
	return money.Of(b.credit(processorAccount, c), c).Net()
}

// Opening returns the sum that the bank had paid before a batch that is not
// published yet.
func (b *Book) Opening(s wire.Settlement) money.Net {
	paid := money.Of(b.credit(cashAccount, s.Currency), s.Currency)
	for _, m := range b.said.messages {
		if later, ok := m.(wire.Settlement); ok && later.Currency == s.Currency && later.Sequence >= s.Sequence {
			paid = paid.Sub(later.Net.Amount)
		}
	}
	return paid.Net()
}

// LastCutOff returns the time of the latest daily cut-off; before the first one,
// the time of the latest record. It is zero for a new book.
func (b *Book) LastCutOff() time.Time { return cmp.Or(b.cutOff, b.last) }

// pay books a batch, and records where it is wrong. From the references that the
// cut-off left out, it returns those that a later batch should have listed.
func (b *Book) pay(s wire.Settlement, withheld []string) (later []string) {
	b.sequence[s.Currency] = s.Sequence
	b.said.add(s.ID, s)
	if _, seen := b.pending[s.Currency]; !seen {
		b.pending[s.Currency] = nil
	}
	for i, c := range b.match(s) {
		l, kept, owes := s.Lines[i], money.Zero(s.Currency), money.Zero(s.Currency)
		switch {
		case c != nil:
			c.settled, c.withheld = true, false
			c.auth.unsettled--
			kept, owes = c.line.Fee, c.line.Paid()
		case l.Kind == wire.LineCorrection:
			owes = l.Paid()
		}
		b.postLine(fmt.Sprintf("%s:%d", s.ID, i), l, kept, s.SentAt)
		b.flawed(s, l.Reference, l.Payment, owes.Sub(l.Paid()), nil)
	}
	for _, c := range b.pending[s.Currency] {
		if c.withheld && slices.Contains(withheld, c.line.Reference) && !c.line.BookedAt.After(s.CoversUntil) {
			b.flawed(s, c.line.Reference, c.line.Payment, money.Zero(s.Currency), c)
			withheld = slices.DeleteFunc(withheld, func(id string) bool { return id == c.line.Reference })
		}
	}
	b.corrected = slices.DeleteFunc(b.corrected, func(at place) bool {
		f := b.breaks[at]
		done := f == nil || f.currency == s.Currency && f.item == nil || f.item != nil && f.item.settled
		if done {
			delete(b.breaks, at)
		}
		return done
	})
	return withheld
}

// match finds the item that each line of a batch settles. It is nil for a line
// that is listed a second time, is made up, or corrects an earlier line.
func (b *Book) match(s wire.Settlement) []*item {
	type key struct {
		reference string
		reversal  bool
	}
	open := map[key]*item{}
	for _, c := range b.pending[s.Currency] {
		if !c.dropped && !c.settled {
			open[key{c.line.Reference, c.line.Kind == wire.LineReversal}] = c
		}
	}
	found := make([]*item, len(s.Lines))
	for i, l := range s.Lines {
		k := key{l.Reference, l.Kind == wire.LineReversal}
		if c := open[k]; c != nil && c.withheld == (l.Kind == wire.LineCorrection) {
			found[i] = c
			delete(open, k)
		}
	}
	return found
}

// takes returns by how much a batch reduces the bank's debt: the sum it pays,
// and the fees that the bank truly earned.
func (b *Book) takes(s wire.Settlement) decimal.Decimal {
	sum := decimal.Zero
	for i, c := range b.match(s) {
		sum = sum.Add(s.Lines[i].Paid().Decimal())
		if c != nil {
			sum = sum.Add(c.line.Fee.Decimal())
		}
	}
	return sum
}

// postLine books the payment of a line, and the fee that the bank truly earned.
func (b *Book) postLine(key string, l wire.Line, kept money.Amount, at time.Time) {
	p := []ledger.Posting{}
	side := func(a ledger.Account, credit money.Amount) {
		switch {
		case credit.IsPositive():
			p = append(p, ledger.Posting{Account: a, Side: ledger.Credit, Amount: credit})
		case credit.IsNegative():
			p = append(p, ledger.Posting{Account: a, Side: ledger.Debit, Amount: credit.Abs()})
		}
	}
	side(processorAccount, l.Paid().Add(kept).Neg())
	side(cashAccount, l.Paid())
	side(feesAccount, kept)
	if len(p) > 1 {
		b.enter("settle", key, l.Payment, at, p)
	}
}
