package invariant

import (
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

// item notes what a bank still owes, and what a merchant has not been paid.
func (c *checker) item(i settlement.Item) {
	c.items[i.ID] = i
	if _, known := c.payments[i.Payment]; !known {
		c.violate("item %s is about payment %s, which does not exist", i.ID, i.Payment)
	}
	if i.Kind.Settles() && i.State == settlement.Open {
		amount := i.Amount
		if !i.Credit() {
			amount = amount.Neg()
		}
		c.sums.to(ledger.BankReceivable(i.Bank), amount)
	}
	if i.Kind.Pays() && i.Payout == "" {
		c.sums.to(ledger.MerchantPayable(i.Merchant), i.Net().Neg())
	}
}

// record notes open breaks and payouts on their way, and holds holds to payments.
func (c *checker) record(r processor.Record) {
	switch r.Kind {
	case processor.BreakRecord:
		if k, err := processor.Decode[settlement.Break](r); err != nil {
			c.violate("break %s cannot be read: %v", r.ID, err)
		} else if k.Status == settlement.BreakOpen {
			c.sums.to(ledger.Breaks(k.Bank), k.Effect.Amount)
		} else if k.Status == settlement.BreakWrittenOff {
			c.sums.to(ledger.WriteOffs, k.Effect.Amount)
		}
	case processor.PayoutRecord:
		if p, err := processor.Decode[settlement.Payout](r); err != nil {
			c.violate("payout %s cannot be read: %v", r.ID, err)
		} else if p.Status == settlement.InTransit {
			c.sums.to(ledger.PayoutsInFlight, p.Amount.Neg())
		}
	case processor.HoldRecord:
		c.hold(r)
	case processor.DisputeRecord, processor.SettlementRecord, processor.BatchRecord:
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
	if o, ok := p.Operation(h.ID[len("hold_"):]); !ok || want[o.Status] != h.Status {
		c.violate("hold %s is %s; refund %s of payment %s is %s", h.ID, h.Status, o.ID, p.ID, o.Status)
	}
}

// accounts holds the balances against what the rest of the store says they have
// to be.
func (c *checker) accounts() {
	for _, b := range c.fold.Balances() {
		kind, _ := b.Account.Owner()
		own := b.Account == ledger.RefundsInFlight || b.Account == ledger.Disputes || b.Account == ledger.PayoutsInFlight || b.Account == ledger.WriteOffs
		derived := kind == "merchant" || own || kind == "bank" && !isCashOrFees(b.Account)
		if want := c.sums[b.Account][b.Currency]; derived && !b.Net().Equal(want) {
			c.violate("the balance of %s is %s %s; by payments, items and breaks it is %s", b.Account, b.Net(), b.Currency, want)
		}
	}
}

// isCashOrFees picks the accounts that no open thing explains.
func isCashOrFees(a ledger.Account) bool {
	_, bank := a.Owner()
	return a == ledger.BankCash(bank) || a == ledger.BankFees(bank)
}
