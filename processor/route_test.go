package processor_test

import (
	"testing"

	"sandbank/broker/wire"
	"sandbank/fault"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/instrument"
)

// of is an account of a country.
func of(country string) instrument.Instrument {
	return instrument.Instrument{Kind: instrument.Account, Brand: "iban", Last4: "0001", Country: country, Behavior: instrument.Neutral}
}

// bankSays gives a bank's sign of life, changed.
func bankSays(r *Rig, bic string, change func(*wire.Health)) {
	h := Health(bic)
	if change != nil {
		change(&h)
	}
	r.ObserveBank(h)
}

func offline(h *wire.Health)    { h.Online = false }
func weightless(h *wire.Health) { h.Weight = 0 }

// routed makes a payment that was routed to Prompt Bank, beside which the others
// then come up.
func routed(r *Rig) payment.Payment {
	r.T.Helper()
	bankSays(r, "SLOWDE2A", offline)
	wish := Wish()
	wish.Bank = ""
	p, _, err := r.Create(r.T.Context(), wish)
	r.OK(err)
	if p.Bank != "SANDNL2A" || p.RoutedBy() != payment.RouteCurrency {
		r.T.Fatalf("%s by %s", p.Bank, p.RoutedBy())
	}
	bankSays(r, "SLOWDE2A", nil)
	return p
}

func TestDestination_EachRule(t *testing.T) {
	const nl, de = "SANDNL2A", "SLOWDE2A"
	for name, c := range map[string]struct {
		prepare func(*Rig)
		with    instrument.Instrument
		picked  string
		bank    string
		by      payment.Route
		code    string // of the refusal
	}{
		"a card stays":                    {nil, Visa, "", nl, payment.RouteCurrency, ""},
		"the country of the IBAN":         {nil, of("DE"), "", de, payment.RouteCountry, ""},
		"the present bank is of it":       {func(r *Rig) { bankSays(r, "OTHRNL2A", nil) }, of("NL"), "", nl, payment.RouteCurrency, ""},
		"no bank of it":                   {nil, of("FR"), "", nl, payment.RouteCurrency, ""},
		"its bank is offline":             {func(r *Rig) { bankSays(r, de, offline) }, of("DE"), "", nl, payment.RouteCurrency, ""},
		"its bank takes no routed ones":   {func(r *Rig) { bankSays(r, de, weightless) }, of("DE"), "", nl, payment.RouteCurrency, ""},
		"its bank takes another currency": {func(r *Rig) { bankSays(r, de, func(h *wire.Health) { h.Currencies = h.Currencies[1:] }) }, of("DE"), "", nl, payment.RouteCurrency, ""},
		"the customer goes first":         {nil, of("DE"), nl, nl, payment.RouteCustomer, ""},
		"the customer picks the other":    {nil, of("NL"), de, de, payment.RouteCustomer, ""},
		"what is picked must be there":    {func(r *Rig) { bankSays(r, nl, offline) }, of("DE"), nl, "", "", "bank_offline"},
		"offline, a card":                 {func(r *Rig) { bankSays(r, nl, offline) }, Visa, "", de, payment.RouteHealth, ""},
		"offline, no bank of the country": {func(r *Rig) { bankSays(r, nl, offline) }, of("FR"), "", de, payment.RouteHealth, ""},
		"offline, another of the country": {func(r *Rig) { bankSays(r, nl, offline); bankSays(r, "OTHRNL2A", nil) }, of("NL"), "", "OTHRNL2A", payment.RouteCountry, ""},
		"nobody is there":                 {func(r *Rig) { bankSays(r, nl, offline); bankSays(r, de, offline) }, Visa, "", nl, payment.RouteCurrency, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(t, nil)
			made := routed(r)
			if c.prepare != nil {
				c.prepare(r)
			}
			p, err := r.Pay(t.Context(), made.ID, c.with, c.picked)
			if c.code != "" {
				if fault.Code(err) != c.code || len(r.Requests(made.ID)) != 0 {
					t.Errorf("%v, want %s", err, c.code)
				}
				return
			}
			r.OK(err)
			asked := r.Requests(p.ID)
			if p.Bank != c.bank || len(asked) != 1 || asked[0].Bank != c.bank || p.RoutedBy() != c.by || p.Last().Route != c.by {
				t.Errorf("at %s by %s, asked %+v; want %s by %s", p.Bank, p.RoutedBy(), asked, c.bank, c.by)
			}
			shown := r.Now(p.ID).Resource(nowhere{})
			if shown.Bank.RoutedBy != c.by || shown.LastAttempt.RoutedBy != c.by || asked[0].Instrument.Country != c.with.Country {
				t.Errorf("shown %+v, %+v", shown.Bank, shown.LastAttempt)
			}
			if again := p.AsCreated(); again.Bank != nl || again.RoutedBy() != payment.RouteCurrency {
				t.Errorf("its creation is answered again with %s by %s", again.Bank, again.RoutedBy())
			}
		})
	}
}

// A bank that the merchant named is asked for every IBAN, and also while it is
// offline.
func TestDestination_TheMerchantsBankStays(t *testing.T) {
	r := New(t, nil)
	p := r.Made()
	bankSays(r, p.Bank, offline)
	p, err := r.Pay(t.Context(), p.ID, of("DE"), "")
	if err != nil || p.Bank != "SANDNL2A" || p.RoutedBy() != payment.RouteMerchant || p.Last().Route != payment.RouteMerchant {
		t.Errorf("at %s by %s, %v", p.Bank, p.RoutedBy(), err)
	}
}

// After a decline a payment stays where it was, by the rule that led it there,
// unless the next instrument says otherwise.
func TestDestination_Retries(t *testing.T) {
	r := New(t, nil)
	p := routed(r)
	for i, try := range []struct {
		with   instrument.Instrument
		picked string
		bank   string
		by     payment.Route
	}{
		{of("DE"), "", "SLOWDE2A", payment.RouteCountry},
		{Visa, "", "SLOWDE2A", payment.RouteCountry},
		{of("NL"), "", "SANDNL2A", payment.RouteCountry},
	} {
		p, err := r.Pay(t.Context(), p.ID, try.with, try.picked)
		r.OK(err)
		if p.Bank != try.bank || p.RoutedBy() != try.by || p.Last().Bank != try.bank || p.BankName != "Bank "+try.bank {
			t.Errorf("try %d: at %s by %s", i+1, p.Bank, p.RoutedBy())
		}
		asked := r.Requests(p.ID)
		r.Say(Answer(asked[len(asked)-1], payment.OutcomeDeclined))
	}
}

// The route of payments from before rules were kept is derived from the banks
// alone.
func TestRoutedBy_OfOldPayments(t *testing.T) {
	old := payment.Payment{FirstBank: "SANDNL2A", Bank: "SLOWDE2A"}
	if by := old.RoutedBy(); by != payment.RouteCustomer {
		t.Errorf("elsewhere: %s", by)
	}
	if by := old.RouteOf(payment.Attempt{Bank: "SANDNL2A"}); by != payment.RouteCurrency {
		t.Errorf("its first try: %s", by)
	}
	if old.BankFixed = true; old.RoutedBy() != payment.RouteMerchant {
		t.Errorf("named: %s", old.RoutedBy())
	}
	for _, by := range []payment.Route{payment.RouteMerchant, payment.RouteCustomer, payment.RouteCountry, payment.RouteHealth, payment.RouteCurrency} {
		if by.Says() == "" {
			t.Errorf("%s has no words", by)
		}
	}
}
