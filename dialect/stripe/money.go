package stripe

import (
	"net/http"
	"time"

	"sandbank/audit"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

var moneyRoutes = []route{
	{method: http.MethodGet, path: "/v1/balance", needs: identity.ReadMoney, handle: getBalance},
	{method: http.MethodGet, path: "/v1/balance_transactions", needs: identity.ReadMoney, handle: listTransactions},
	{method: http.MethodGet, path: "/v1/balance_transactions/{id}", needs: identity.ReadMoney, handle: getTransaction},
	{method: http.MethodGet, path: "/v1/payouts", needs: identity.ReadMoney, handle: listPayouts},
	{method: http.MethodGet, path: "/v1/payouts/{id}", needs: identity.ReadMoney, handle: getPayout},
	{method: http.MethodPost, path: "/v1/payouts", needs: identity.WriteLedger, action: audit.PayoutCreate, handle: createPayout},
	{method: http.MethodPost, path: "/v1/payouts/{id}/cancel", needs: identity.WriteLedger, action: audit.PayoutCreate, handle: cancelPayout},
	{method: http.MethodGet, path: "/v1/account", needs: identity.ReadPayments, handle: getAccount},
}

// getBalance is what the merchant is owed by the ledger and is not paid out yet. What is
// settled is paid out, so that nothing is available in between.
func getBalance(a *API, c *call) (object.Object, error) {
	all, err := a.Processor.Balances(c.ctx, time.Time{})
	var available, pending []object.Object
	for _, b := range all {
		if b.Account != ledger.MerchantPayable(c.Merchant.ID) {
			continue
		}
		of := func(amount money.Amount) object.Object {
			return object.New("balance_amount").With(object.Object{"amount": object.Minor(amount), "currency": object.Code(b.Currency), "source_types": object.Object{"card": object.Minor(amount)}})
		}
		available, pending = append(available, of(money.Zero(b.Currency))), append(pending, of(money.Of(b.Net().Neg(), b.Currency)))
	}
	if available == nil {
		zero := object.New("balance_amount").With(object.Object{"currency": "eur", "source_types": object.Object{"card": 0}})
		available, pending = []object.Object{zero}, []object.Object{zero}
	}
	return object.New("balance").With(object.Object{"available": available, "pending": pending}), err
}

func getAccount(_ *API, c *call) (object.Object, error) { return object.Account(c.Merchant), nil }

// payout is the payout that a call names.
func (a *API) payout(c *call) (p settlement.Payout, err error) {
	house, ok := alias.House(object.PayoutPrefix, c.id(), "po")
	if !ok {
		return p, noSuch("payout", c.id(), "payout")
	}
	p, err = a.Processor.Payout(c.ctx, processor.Only(c.Merchant.ID), house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		err = noSuch("payout", c.id(), "payout")
	}
	return p, err
}

func getPayout(a *API, c *call) (object.Object, error) {
	p, err := a.payout(c)
	if err != nil {
		return nil, err
	}
	return object.Payout(p), nil
}

// createPayout pays out what is settled. The house pays all of it at once, so the amount has to be that.
func createPayout(a *API, c *call) (object.Object, error) {
	amount := amountOf(c.params, "amount", c.required("currency"))
	if err := c.err(); err != nil {
		return nil, err
	}
	p, payable, err := a.Processor.PayOutSum(c.ctx, c.Merchant.ID, amount)
	switch {
	case err != nil:
		return nil, err
	case amount.Sub(payable).IsPositive():
		return nil, invalid("balance_insufficient", "amount", "You have insufficient funds in your Sandbank balance for this transfer: %s are settled and can be paid out.", payable)
	case p.ID == "":
		return nil, invalid("", "amount", "In Sandbank a payout is all that is settled of a currency, which is %s: %d in minor units.", payable, object.Minor(payable))
	}
	return object.Payout(p), nil
}

// cancelPayout refuses, as Stripe does once a payout is on its way: here each is from the beginning.
func cancelPayout(a *API, c *call) (object.Object, error) {
	p, err := a.payout(c)
	if err != nil {
		return nil, err
	}
	return nil, invalid("", "", "This payout cannot be canceled: it has the status %s. Only one that is pending can be, and in Sandbank each is on its way at once.", p.Status)
}

func listPayouts(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	status := map[string]settlement.PayoutStatus{"": "", "in_transit": settlement.PayoutInTransit, "paid": settlement.PayoutPaid, "pending": "none", "failed": "none", "canceled": "none"}[c.choice("status", "", "pending", "in_transit", "paid", "failed", "canceled")]
	if err := c.err(); err != nil {
		return nil, err
	}
	for cursor, more := "", status != "none"; more; {
		found, err := a.Processor.Payouts(c.ctx, processor.Only(c.Merchant.ID), status, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return nil, err
		}
		for _, p := range found.Items {
			if more = pg.take(alias.ID(object.PayoutPrefix, p.ID), p.CreatedAt.Unix(), func() object.Object { return object.Payout(p) }); !more {
				break
			}
		}
		if cursor = found.Next; cursor == "" {
			more = false
		}
	}
	return pg.done(c, "payout")
}

// transaction is the number of a balance transaction in its payment, and the payment.
func getTransaction(a *API, c *call) (object.Object, error) {
	p, n, err := a.nth(c, object.TransactionPrefix, c.id(), "balance transaction", "id", func(p payment.Payment, n int) bool { return a.Transaction(p, n) != nil })
	if err != nil {
		return nil, err
	}
	return a.Transaction(p, n), nil
}

func listTransactions(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	kind, source, currency := c.text("type"), c.text("source"), c.text("currency")
	if err := c.err(); err != nil {
		return nil, err
	}
	from, _, _ := alias.Nth(object.TransactionPrefix, pg.after)
	return a.listed(c, &pg, "", from, "balance transaction", func(p payment.Payment) bool {
		for _, n := range object.TransactionNumbers(p) {
			o := a.Transaction(p, n)
			if kind != "" && o["type"] != kind || source != "" && o["source"] != source || currency != "" && o["currency"] != currency {
				continue
			}
			created, _ := o["created"].(int64)
			if !pg.take(alias.NthID(object.TransactionPrefix, p.ID, n), created, func() object.Object { return o }) {
				return false
			}
		}
		return true
	})
}
