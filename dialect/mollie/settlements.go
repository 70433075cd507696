package mollie

import (
	"net/http"
	"slices"

	"sandbank/dialect/alias"
	"sandbank/dialect/mollie/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
)

var settlementRoutes = []route{
	{method: http.MethodGet, path: "settlements", needs: identity.ReadMoney, handle: listSettlements, query: append([]string{"currencies", "balanceId"}, listQuery...), ignores: []string{"year", "month"}},
	{method: http.MethodGet, path: "settlements/next", needs: identity.ReadMoney, handle: nextSettlement},
	{method: http.MethodGet, path: "settlements/open", needs: identity.ReadMoney, handle: openSettlement},
	{method: http.MethodGet, path: "settlements/{id}", needs: identity.ReadMoney, handle: getSettlement},
	{method: http.MethodGet, path: "settlements/{id}/payments", needs: identity.ReadMoney, handle: settledPayments, query: append([]string{"embed", "sort"}, listQuery...)},
	{method: http.MethodGet, path: "settlements/{id}/captures", needs: identity.ReadMoney, handle: settledCaptures, query: append([]string{"embed"}, listQuery...)},
	{method: http.MethodGet, path: "settlements/{id}/refunds", needs: identity.ReadMoney, handle: settledRefunds, query: append([]string{"embed"}, listQuery...)},
	{method: http.MethodGet, path: "settlements/{id}/chargebacks", needs: identity.ReadMoney, handle: settledChargebacks, query: append([]string{"embed"}, listQuery...)},
}

// payout is the payout of a settlement in the path.
func (a *API) payout(c *call) (settlement.Payout, error) {
	house, known := alias.House(object.SettlementPrefix, c.in("id"), "po")
	if !known {
		return settlement.Payout{}, noSuch("settlement", c.in("id"))
	}
	p, err := a.Processor.Payout(c.ctx, processor.Only(c.Merchant.ID), house)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return p, noSuch("settlement", c.in("id"))
	}
	return p, err
}

func getSettlement(a *API, c *call) (reply, error) {
	p, err := a.payout(c)
	if err != nil {
		return reply{}, err
	}
	return ok(a.Settlement(p)), nil
}

// payouts gives a merchant's payouts to a function, the newest first, until it says enough.
func (a *API) payouts(c *call, status settlement.PayoutStatus, each func(settlement.Payout) bool) error {
	for cursor := ""; ; {
		found, err := a.Processor.Payouts(c.ctx, processor.Only(c.Merchant.ID), status, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return err
		}
		for _, p := range found.Items {
			if !each(p) {
				return nil
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
	}
}

func listSettlements(a *API, c *call) (reply, error) {
	pg, err := c.pager("settlements")
	if err != nil {
		return reply{}, err
	}
	currency, balance := c.asked("currencies"), c.asked("balanceId")
	err = a.payouts(c, "", func(p settlement.Payout) bool {
		of := p.Amount.Currency()
		if currency != "" && currency != string(of) || balance != "" && balance != object.BalanceID(p.Merchant, of) {
			return true
		}
		return pg.take(alias.ID(object.SettlementPrefix, p.ID), func() any { return a.Settlement(p) })
	})
	if err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

// nextSettlement is the payout that is on its way.
func nextSettlement(a *API, c *call) (reply, error) {
	var next *settlement.Payout
	if err := a.payouts(c, settlement.PayoutInTransit, func(p settlement.Payout) bool { next = &p; return true }); err != nil { // the oldest
		return reply{}, err
	}
	if next == nil {
		return reply{}, fault.New(fault.NotFound, "not_found", "There is no next settlement: no payout is on its way.")
	}
	return ok(a.Settlement(*next)), nil
}

// openSettlement is what is not paid out yet, in euros or the one currency that there is.
func openSettlement(a *API, c *call) (reply, error) {
	list, err := a.owed(c)
	if err != nil {
		return reply{}, err
	}
	if len(list) == 0 {
		return reply{}, fault.New(fault.NotFound, "not_found", "There is no open settlement: nothing waits to be paid out.")
	}
	return ok(a.Open(c.Merchant.ID, list[0], a.Clock.Now())), nil
}

// settled lists what a payout has of a kind: the operations or disputes of its items.
func (a *API) settled(c *call, k kind, kinds []settlement.ItemKind) (reply, error) {
	out, err := a.payout(c)
	if err != nil {
		return reply{}, err
	}
	pg, err := c.pager(k.list)
	if err != nil {
		return reply{}, err
	}
	err = a.items(c, out, func(i settlement.Item) (bool, error) {
		if !slices.Contains(kinds, i.Kind) {
			return true, nil
		}
		p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, i.Payment)
		if err != nil {
			return false, err
		}
		n := slices.IndexFunc(p.Operations, func(o payment.Operation) bool { return o.ID == i.Of }) + 1
		if k.prefix == object.ChargebackPrefix {
			n = slices.IndexFunc(p.Disputes, func(d payment.Dispute) bool { return d.ID == i.Of }) + 1
		}
		if !slices.Contains(k.numbers(p), n) {
			return true, nil
		}
		o, err := a.shown(c, k, p, n)
		return pg.take(alias.NthID(k.prefix, p.ID, n), func() any { return o }), err
	})
	if err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

// items gives a payout's items to a function until it says enough.
func (a *API) items(c *call, out settlement.Payout, each func(settlement.Item) (bool, error)) error {
	for cursor := ""; ; {
		found, err := a.Processor.PayoutItems(c.ctx, out, processor.Window{Cursor: cursor, Limit: batch})
		if err != nil {
			return err
		}
		for _, i := range found.Items {
			if more, err := each(i); err != nil || !more {
				return err
			}
		}
		if cursor = found.Next; cursor == "" {
			return nil
		}
	}
}

func settledPayments(a *API, c *call) (reply, error) {
	out, err := a.payout(c)
	if err != nil {
		return reply{}, err
	}
	pg, err := c.pager("payments")
	if err != nil {
		return reply{}, err
	}
	seen := map[string]bool{}
	err = a.items(c, out, func(i settlement.Item) (bool, error) {
		if i.Kind != settlement.ItemCapture || seen[i.Payment] {
			return true, nil
		}
		seen[i.Payment] = true
		p, err := a.Processor.OwnPayment(c.ctx, c.Merchant.ID, i.Payment)
		if err != nil {
			return false, err
		}
		return pg.take(object.ID(p), func() any { return a.settledIn(p, out) }), nil
	})
	if err != nil {
		return reply{}, err
	}
	return a.done(c, pg)
}

// settledIn is a payment with the settlement that it is in.
func (a *API) settledIn(p payment.Payment, out settlement.Payout) object.Payment {
	o := a.Payment(p)
	o.SettlementID = alias.ID(object.SettlementPrefix, out.ID)
	o.Links["settlement"] = a.To("settlements", o.SettlementID)
	return o
}

func settledCaptures(a *API, c *call) (reply, error) {
	return a.settled(c, captures(), []settlement.ItemKind{settlement.ItemCapture})
}

func settledRefunds(a *API, c *call) (reply, error) {
	return a.settled(c, refunds(), []settlement.ItemKind{settlement.ItemRefundReserved})
}

func settledChargebacks(a *API, c *call) (reply, error) {
	return a.settled(c, chargebacks(), []settlement.ItemKind{settlement.ItemDisputeHeld})
}
