package mollie

import (
	"strings"

	"sandbank/dialect/mollie/object"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/settlement"
)

// listTransactions lists what moved a balance: payouts, and then what payments have, the newest payment first. Together they
// come to what is not paid out yet.
func listTransactions(a *API, c *call) (reply, error) {
	currency, err := a.balanceNamed(c)
	if err != nil {
		return reply{}, err
	}
	pg, err := c.pager("balance_transactions")
	if err != nil {
		return reply{}, err
	}
	more := true
	take := func(t object.Transaction) bool {
		more = pg.take(t.ID, func() any { return t })
		return more
	}
	err = a.payouts(c, "", func(p settlement.Payout) bool {
		return p.Amount.Currency() != currency || take(object.Transfer(p))
	})
	if err == nil && more {
		err = a.payments(c, func(p payment.Payment) bool {
			if p.Amount.Currency() != currency {
				return true
			}
			for _, t := range object.Transactions(p, a.Processor.FeeOf) {
				if !take(t) {
					return false
				}
			}
			return true
		})
	}
	if err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

// balanceNamed is the currency of the balance in the path, which may be the primary one.
func (a *API) balanceNamed(c *call) (money.Currency, error) {
	list, err := a.owed(c)
	if err != nil {
		return "", err
	}
	if c.in("id") == "primary" {
		if len(list) == 0 {
			return "EUR", nil
		}
		return list[0].Currency(), nil
	}
	currency := money.Currency(c.in("id")[strings.LastIndex(c.in("id"), "-")+1:])
	if !currency.Known() || c.in("id") != object.BalanceID(c.Merchant.ID, currency) {
		return "", noSuch("balance", c.in("id"))
	}
	return currency, nil
}
