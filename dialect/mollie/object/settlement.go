package object

import (
	"sandbank/dialect/alias"
	"sandbank/money"
	"sandbank/settlement"
)

// Settlement is a Settlement object: what this house calls a payout.
type Settlement struct {
	Resource  string                       `json:"resource"`
	ID        string                       `json:"id"`
	Reference *string                      `json:"reference"`
	CreatedAt string                       `json:"createdAt"`
	SettledAt *string                      `json:"settledAt"`
	Status    string                       `json:"status"`
	Amount    money.Net                    `json:"amount"`
	BalanceID string                       `json:"balanceId"`
	Periods   map[string]map[string]Period `json:"periods"`
	Links     Links                        `json:"_links"`
}

// Period is what a settlement comes to in one month.
type Period struct {
	Revenue []Sum `json:"revenue"`
	Costs   []Sum `json:"costs"`
}

// Sum is one line of a period. Nothing here has a tax.
type Sum struct {
	Description string     `json:"description"`
	Method      *string    `json:"method"`
	Count       int        `json:"count"`
	Rate        *Rate      `json:"rate,omitzero"`
	Net         money.Net  `json:"amountNet"`
	VAT         *money.Net `json:"amountVat"`
	Gross       money.Net  `json:"amountGross"`
}

// Rate is that of a cost. It is not shown: the fee of each item was rounded by itself.
type Rate struct{}

// Settlement is a payout as a Settlement object.
func (v View) Settlement(p settlement.Payout) Settlement {
	id := alias.ID(SettlementPrefix, p.ID)
	o := Settlement{
		Resource: "settlement", ID: id, CreatedAt: instant(p.CreatedAt), Status: "pending", Amount: p.Amount.Net(), BalanceID: BalanceID(p.Merchant, p.Amount.Currency()),
		Periods: map[string]map[string]Period{p.CreatedAt.UTC().Format("2006"): {p.CreatedAt.UTC().Format("01"): period(p)}},
		Links:   v.settlementLinks(id),
	}
	reference := p.ID[len(p.ID)-12:]
	o.Reference = &reference
	if p.Status == settlement.PayoutPaid {
		at := instant(p.PaidAt)
		o.Status, o.SettledAt = "paidout", &at
	}
	return o
}

func (v View) settlementLinks(id string) Links {
	l := Links{"self": v.To("settlements", id), "documentation": v.Documentation()}
	for _, of := range []string{"payments", "captures", "refunds", "chargebacks"} {
		l[of] = v.To("settlements", id, of)
	}
	return l
}

func period(p settlement.Payout) Period {
	line := func(description string, count int, of money.Amount) Sum {
		return Sum{Description: description, Count: count, Net: of.Net(), Gross: of.Net()}
	}
	o := Period{Revenue: []Sum{line("Payments", p.Items, p.Captured)}, Costs: []Sum{}}
	if r := p.Refunded.Amount; !r.IsZero() {
		o.Revenue = append(o.Revenue, line("Refunds", 0, r.Neg()))
	}
	if d := p.Disputed.Amount; !d.IsZero() {
		o.Revenue = append(o.Revenue, line("Chargebacks", 0, d.Neg()))
	}
	if !p.Fees.IsZero() {
		fees := line("Fees", p.Items, p.Fees)
		fees.Rate = &Rate{}
		o.Costs = append(o.Costs, fees)
	}
	return o
}

// BalanceID is the identifier of a merchant's balance in one currency.
func BalanceID(merchant string, c money.Currency) string {
	return BalancePrefix + merchant + "-" + string(c)
}
