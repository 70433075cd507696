package settlement

import (
	"sort"
	"time"

	"sandbank/ledger"
	"sandbank/money"
)

// PayoutStatus is the status of a payout.
type PayoutStatus string

// The payout statuses.
const (
	PayoutInTransit PayoutStatus = "in_transit" // on its way to the merchant's account
	PayoutPaid      PayoutStatus = "paid"       // arrived. Final.
)

// Payout is one sum paid to a merchant for settled items, in one currency.
type Payout struct {
	ID        string         `json:"id"` // po_ + UUIDv7
	Merchant  string         `json:"merchant"`
	Status    PayoutStatus   `json:"status"`
	Amount    money.Amount   `json:"amount"`
	Items     int            `json:"items"`
	Captured  money.Amount   `json:"captured"`
	Refunded  money.Net      `json:"refunded"` // set aside less given back
	Disputed  money.Net      `json:"disputed"` // held less returned
	Fees      money.Amount   `json:"fees"`
	Shares    []ledger.Share `json:"shares"` // each bank's part of the sum
	CreatedAt time.Time      `json:"created_at"`
	ArrivesAt time.Time      `json:"arrives_at"`
	PaidAt    time.Time      `json:"paid_at"`
	// Gone is how many of its items were let go with their payments, and GoneAmount what they come to.
	Gone       int       `json:"gone,omitempty"`
	GoneAmount money.Net `json:"gone_amount,omitzero"`
}

// Without returns the payout after one of its items was let go.
func (p Payout) Without(i Item) Payout {
	if p.GoneAmount.IsZero() { // as it is read where nothing was stored
		p.GoneAmount = money.Zero(p.Amount.Currency()).Net()
	}
	p.Gone++
	p.GoneAmount = p.GoneAmount.Add(i.Net().Amount).Net()
	return p
}

// PayOut puts a merchant's payable items of one currency into a payout. It
// returns false if their sum is not positive; they wait for later items.
func PayOut(id string, items []Item, now, arrives time.Time) (p Payout, paid []Item, ok bool) {
	if len(items) == 0 {
		return p, nil, false
	}
	c := items[0].Amount.Currency()
	zero := money.Zero(c)
	p = Payout{
		ID: id, Merchant: items[0].Merchant, Status: PayoutInTransit, Amount: zero, Captured: zero, Refunded: zero.Net(),
		Disputed: zero.Net(), Fees: zero, CreatedAt: now, ArrivesAt: arrives,
	}
	shares := map[string]money.Amount{}
	for _, i := range items {
		if !i.Payable() || i.Merchant != p.Merchant || i.Amount.Currency() != c {
			continue
		}
		p.add(i)
		if _, seen := shares[i.Bank]; !seen {
			shares[i.Bank] = zero
		}
		shares[i.Bank] = shares[i.Bank].Add(i.Net().Amount)
		i.Payout = id
		paid = append(paid, i)
	}
	if !p.Amount.IsPositive() {
		return p, nil, false
	}
	for bank, amount := range shares {
		p.Shares = append(p.Shares, ledger.Share{Bank: bank, Amount: amount.Net()})
	}
	sort.Slice(p.Shares, func(i, j int) bool { return p.Shares[i].Bank < p.Shares[j].Bank })
	return p, paid, true
}

func (p *Payout) add(i Item) {
	p.Items++
	p.Amount = p.Amount.Add(i.Net().Amount)
	p.Fees = p.Fees.Add(i.MerchantFee)
	switch i.Kind {
	case ItemCapture:
		p.Captured = p.Captured.Add(i.Amount)
	case ItemRefundReserved:
		p.Refunded = p.Refunded.Add(i.Amount).Net()
	case ItemRefundReleased:
		p.Refunded = p.Refunded.Sub(i.Amount).Net()
	case ItemDisputeHeld:
		p.Disputed = p.Disputed.Add(i.Amount).Net()
	case ItemDisputeReturned:
		p.Disputed = p.Disputed.Sub(i.Amount).Net()
	case ItemRefund, ItemChargeback:
	}
}

// PayoutResource is a payout in the form that integrators get.
type PayoutResource struct {
	ID        string         `json:"id"`
	Merchant  string         `json:"merchant"`
	Status    PayoutStatus   `json:"status"`
	Amount    money.Amount   `json:"amount"`
	Items     int            `json:"items"`
	Captured  money.Amount   `json:"captured"`
	Refunded  money.Net      `json:"refunded"`
	Disputed  money.Net      `json:"disputed"`
	Fees      money.Amount   `json:"fees"`
	Shares    []ledger.Share `json:"shares"`
	CreatedAt time.Time      `json:"created_at"`
	ArrivesAt time.Time      `json:"arrives_at"`
	PaidAt    *time.Time     `json:"paid_at,omitempty"`
	Links     PayoutLinks    `json:"links"`
}

// PayoutLinks are the links of a payout.
type PayoutLinks struct {
	Self string `json:"self"`
}

// Resource returns the payout in the form that integrators get; self is its
// absolute URL.
func (p Payout) Resource(self string) PayoutResource {
	r := PayoutResource{
		ID: p.ID, Merchant: p.Merchant, Status: p.Status, Amount: p.Amount, Items: p.Items, Captured: p.Captured, Refunded: p.Refunded,
		Disputed: p.Disputed, Fees: p.Fees, Shares: p.Shares, CreatedAt: p.CreatedAt, ArrivesAt: p.ArrivesAt, Links: PayoutLinks{self},
	}
	if !p.PaidAt.IsZero() {
		r.PaidAt = &p.PaidAt
	}
	return r
}
