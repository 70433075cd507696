package invariant

import (
	"strings"

	"github.com/shopspring/decimal"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

// sums are what accounts have to hold, by account and currency, as the payments,
// items and breaks have it.
type sums map[ledger.Account]map[money.Currency]decimal.Decimal

func (s *sums) to(a ledger.Account, amount money.Amount) {
	if *s == nil {
		*s = sums{}
	}
	if (*s)[a] == nil {
		(*s)[a] = map[money.Currency]decimal.Decimal{}
	}
	(*s)[a][amount.Currency()] = (*s)[a][amount.Currency()].Add(amount.Decimal())
}

// inFlight and held note what payments alone say.
func (s *sums) inFlight(a money.Amount) { s.to(ledger.RefundsInFlight, a.Neg()) }
func (s *sums) held(a money.Amount)     { s.to(ledger.Disputes, a.Neg()) }

func pending(p payment.Payment) (payment.Operation, bool) {
	for _, o := range p.Operations {
		if o.Status == payment.OpPending {
			return o, true
		}
	}
	return payment.Operation{}, false
}

// item adds up a bank's unsettled items, and a merchant's unpaid ones.
func (c *checker) item(i settlement.Item) {
	if _, known := c.payments[i.Payment]; !known {
		c.violate("item %s is about payment %s, which does not exist", i.ID, i.Payment)
	}
	if i.Kind.Settles() && i.State == settlement.ItemOpen {
		amount := i.Amount
		if !i.Credit() {
			amount = amount.Neg()
		}
		c.sums.to(ledger.BankReceivable(i.Bank), amount)
	}
	switch {
	case !i.Kind.Pays():
	case i.Payout == "":
		c.sums.to(ledger.MerchantPayable(i.Merchant), i.Net().Neg())
	default:
		paid := c.paid[i.Payout]
		c.paid[i.Payout] = share{paid.items + 1, paid.amount.Add(i.Net().Decimal())}
	}
}

// share is what items make of a payout.
type share struct {
	items  int
	amount decimal.Decimal
}

// record notes open breaks, settlements and payouts, and holds holds and disputes
// to payments.
func (c *checker) record(r processor.Record) {
	var err error
	switch r.Kind {
	case processor.BreakRecord:
		var k settlement.Break
		if k, err = processor.Decode[settlement.Break](r); err == nil && k.Status == settlement.BreakOpen {
			c.sums.to(ledger.Breaks(k.Bank), k.Effect.Amount)
			c.breaks[k.Settlement]++
		} else if err == nil && k.Status == settlement.BreakWrittenOff {
			c.sums.to(ledger.WriteOffs, k.Effect.Amount)
		}
	case processor.SettlementRecord:
		var s settlement.Settlement
		if s, err = processor.Decode[settlement.Settlement](r); err == nil && s.Status != settlement.Received {
			c.sums.to(ledger.BankCash(s.Bank), s.Net.Amount)
			c.breaks[s.ID] -= s.OpenBreaks
		}
	case processor.PayoutRecord:
		var p settlement.Payout
		if p, err = processor.Decode[settlement.Payout](r); err == nil {
			c.payout(p)
		}
	case processor.HoldRecord:
		c.hold(r)
	case processor.DisputeRecord:
		var d payment.DisputeResource
		if d, err = processor.Decode[payment.DisputeResource](r); err == nil {
			c.disputes[d.ID] = d
		}
	case processor.BatchRecord, processor.PaydayRecord, processor.StopsRecord, processor.StoppedRecord:
	}
	if err != nil {
		c.violate("%s %s cannot be read: %v", r.Kind, r.ID, err)
	}
}

// payout holds a payout against its items, and notes where its money is.
func (c *checker) payout(p settlement.Payout) {
	items := c.paid[p.ID]
	if p.Gone > 0 {
		items = share{items.items + p.Gone, items.amount.Add(p.GoneAmount.Decimal())}
	}
	if items.items != p.Items || !items.amount.Equal(p.Amount.Decimal()) {
		c.violate("payout %s is of %s in %d items; its items are %d and make %s", p.ID, p.Amount, p.Items, items.items, items.amount)
	}
	delete(c.paid, p.ID)
	if p.Status == settlement.PayoutInTransit {
		c.sums.to(ledger.PayoutsInFlight, p.Amount.Neg())
		return
	}
	for _, one := range p.Shares {
		c.sums.to(ledger.BankCash(one.Bank), one.Amount.Neg())
	}
}

// kept checks that nothing is missing among the records, and that settlements
// count their breaks.
func (c *checker) kept() {
	for id, p := range c.payments {
		if p.CaptureMode == payment.CaptureManual && p.Approved() != nil && !c.holds["hold_"+id] {
			c.violate("payment %s has no hold of its authorization", id)
		}
		for _, o := range p.Operations {
			if o.Kind == payment.OpRefund && !c.holds["hold_"+o.ID] {
				c.violate("refund %s of payment %s has no hold", o.ID, id)
			}
		}
		for _, d := range p.Disputes {
			if r := c.disputes[d.ID]; r.Payment != id || r.Status != d.Status || !r.Amount.Equal(d.Amount) {
				c.violate("payment %s has a dispute %s that is %s over %s; its record says %s over %s", id, d.ID, d.Status, d.Amount, r.Status, r.Amount)
			}
			delete(c.disputes, d.ID)
		}
	}
	for id, d := range c.disputes {
		c.violate("dispute %s is about payment %s, which knows nothing of it", id, d.Payment)
	}
	for id, n := range c.breaks {
		if n != 0 {
			c.violate("settlement %s counts %d open breaks too few", id, n)
		}
	}
	for id := range c.paid {
		c.violate("there are items of payout %s, which does not exist", id)
	}
}

func (c *checker) hold(r processor.Record) {
	h, err := processor.Decode[ledger.Hold](r)
	if err == nil {
		err = h.Check()
	}
	if err != nil {
		c.violate("hold %s: %v", r.ID, err)
		return
	}
	c.holds[h.ID] = true
	p := c.payments[h.Payment]
	if h.Kind == "authorization" {
		if open := p.Status == payment.Authorized; open != (h.Status == ledger.HoldPending) || !h.Posted.Equal(p.Captured()) {
			c.violate("hold %s is %s with %s posted; payment %s is %s with %s captured", h.ID, h.Status, h.Posted, p.ID, p.Status, p.Captured())
		}
		return
	}
	want := map[payment.OperationStatus]ledger.HoldStatus{
		payment.OpPending: ledger.HoldPending, payment.OpSucceeded: ledger.HoldPosted, payment.OpFailed: ledger.HoldVoided,
	}
	if o, ok := p.Operation(strings.TrimPrefix(h.ID, "hold_")); !ok || want[o.Status] != h.Status {
		c.violate("hold %s is %s; refund %s of payment %s is %s", h.ID, h.Status, o.ID, p.ID, o.Status)
	}
}

// accounts compares the balances with the sums that the rest of the store
// implies.
func (c *checker) accounts() {
	for _, b := range c.fold.Balances() {
		want := c.sums[b.Account][b.Currency]
		if explained(b.Account) && !b.Net().Equal(want) {
			c.violate("the balance of %s is %s %s; by payments, items and breaks it is %s", b.Account, b.Net(), b.Currency, want)
		}
		delete(c.sums[b.Account], b.Currency)
	}
	for account, byCurrency := range c.sums { // to which nothing is posted
		for currency, want := range byCurrency {
			if !want.IsZero() {
				c.violate("nothing is booked on %s in %s; by payments, items and breaks it is %s", account, currency, want)
			}
		}
	}
}

// explained reports whether the rest of the store says what is on an account: not
// of fees, which nothing open explains.
func explained(a ledger.Account) bool {
	switch kind, id := a.Owner(); kind {
	case "merchant":
		return true
	case "bank":
		return a != ledger.BankFees(id)
	}
	return a == ledger.RefundsInFlight || a == ledger.Disputes || a == ledger.PayoutsInFlight || a == ledger.WriteOffs
}
