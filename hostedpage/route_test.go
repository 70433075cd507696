package hostedpage_test

import (
	"net/url"
	"strings"
	"testing"

	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// account is the form with a published account of a country.
func account(p page, country string) url.Values {
	for _, a := range instrument.Accounts() {
		if strings.HasPrefix(a.Number, country) {
			return url.Values{"csrf": {p.hidden("csrf")}, "method": {"account"}, "name": {"A. Customer"}, "iban": {a.Number}, "bank": {""}}
		}
	}
	panic("no account in " + country)
}

// The review says where the payment goes, and there it goes.
func TestCheckout_TheIBANFindsItsBank(t *testing.T) {
	for name, c := range map[string]struct {
		country, picked, bank string
		by                    payment.Route
	}{
		"of another country": {"DE", "", "SLOWDE2A", payment.RouteCountry},
		"of this country":    {"NL", "", "SANDNL2A", payment.RouteCurrency},
		"the customer picks": {"DE", "SANDNL2A", "SANDNL2A", payment.RouteCustomer},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			gone := Health("SLOWDE2A")
			gone.Online = false
			r.ObserveBank(gone)
			wish := Wish()
			wish.Bank = ""
			p, _, err := r.Create(t.Context(), wish)
			r.OK(err)
			r.ObserveBank(Health("SLOWDE2A"))
			b, path := &browser{r: r}, "/pay/"+r.Tokens.Token(p.ID)
			details := b.get(path)
			if strings.Contains(details.body, "selected") {
				t.Error("a bank is picked before the customer picked one")
			}
			form := account(details, c.country)
			form.Set("bank", c.picked)
			review := b.get(b.post(path, form).target)
			r.shows(review, c.bank)
			r.back(b.post(path+"/confirm", confirming(review)), path)
			if got, asked := r.Now(p.ID), r.Requests(p.ID); len(asked) != 1 || asked[0].Bank != c.bank || got.Bank != c.bank || got.RoutedBy() != c.by {
				t.Errorf("at %s by %s, asked %+v", got.Bank, got.RoutedBy(), asked)
			}
			for _, m := range r.Messages() {
				if strings.Contains(string(m.Body), form.Get("iban")) {
					t.Errorf("the IBAN went along: %s", m.Body)
				}
			}
		})
	}
}
