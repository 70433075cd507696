package mollie

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"sandbank/dialect/mollie/object"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
)

var ownerRoutes = []route{
	{method: http.MethodGet, path: "balances", needs: identity.ReadMoney, handle: listBalances, query: append([]string{"currency"}, listQuery...)},
	{method: http.MethodGet, path: "balances/primary", needs: identity.ReadMoney, handle: primaryBalance},
	{method: http.MethodGet, path: "balances/{id}", needs: identity.ReadMoney, handle: getBalance},
	{method: http.MethodGet, path: "balances/{id}/transactions", needs: identity.ReadMoney, handle: listTransactions, query: listQuery},
	{method: http.MethodGet, path: "profiles/me", needs: identity.ReadPayments, handle: ownProfile},
	{method: http.MethodGet, path: "profiles/{id}", needs: identity.ReadPayments, handle: ownProfile},
	{method: http.MethodGet, path: "organizations/me", needs: identity.ReadPayments, handle: ownOrganization},
}

// owed are a merchant's debts by the ledger that are not paid out yet, of each currency; euros come first.
func (a *API) owed(c *call) (list []money.Amount, err error) {
	all, err := a.Processor.Balances(c.ctx, time.Time{})
	for _, b := range all {
		if b.Account == ledger.MerchantPayable(c.Merchant.ID) {
			list = append(list, money.Of(b.Net().Neg(), b.Currency))
		}
	}
	slices.SortFunc(list, func(x, y money.Amount) int {
		if x.Currency() == "EUR" || y.Currency() == "EUR" {
			return map[bool]int{true: -1, false: 1}[x.Currency() == "EUR"]
		}
		return strings.Compare(string(x.Currency()), string(y.Currency()))
	})
	return list, err
}

func listBalances(a *API, c *call) (reply, error) {
	pg, err := c.pager("balances")
	if err != nil {
		return reply{}, err
	}
	list, err := a.owed(c)
	if err != nil {
		return reply{}, err
	}
	for _, amount := range list {
		if s := c.asked("currency"); s != "" && s != string(amount.Currency()) {
			continue
		}
		if !pg.take(object.BalanceID(c.Merchant.ID, amount.Currency()), func() any { return a.Balance(c.Merchant.ID, amount) }) {
			break
		}
	}
	return a.done(c, pg)
}

func primaryBalance(a *API, c *call) (reply, error) {
	list, err := a.owed(c)
	if err != nil {
		return reply{}, err
	}
	first := money.Zero("EUR")
	if len(list) > 0 {
		first = list[0]
	}
	return ok(a.Balance(c.Merchant.ID, first)), nil
}

func getBalance(a *API, c *call) (reply, error) {
	list, err := a.owed(c)
	if err != nil {
		return reply{}, err
	}
	for _, amount := range list {
		if c.in("id") == object.BalanceID(c.Merchant.ID, amount.Currency()) {
			return ok(a.Balance(c.Merchant.ID, amount)), nil
		}
	}
	return reply{}, noSuch("balance", c.in("id"))
}

func ownProfile(a *API, c *call) (reply, error) {
	if id := c.in("id"); id != "" && id != object.ProfilePrefix+c.Merchant.ID {
		return reply{}, noSuch("profile", id)
	}
	return ok(a.Profile(c.Merchant)), nil
}

func ownOrganization(a *API, c *call) (reply, error) { return ok(a.Organization(c.Merchant)), nil }
