package replay

import (
	"reflect"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// customer tells what was asked for since the creation, in its order, and what the customer did as a person.
func (t *teller) customer() {
	if s := t.Payment.Simulation; s != nil {
		if s.First != nil && len(s.Asked) == 0 {
			t.note("What was asked for on purpose of %s since its creation is not known.", t.name)
		}
		for _, a := range s.Asked {
			if a.Act != nil {
				t.does(a.At, t.atItsBank(*a.Act))
			} else if a.Plan != nil {
				t.steered(a.At, *a.Plan)
			}
		}
	}
	for _, a := range t.Payment.Attempts {
		if !t.submittedOnPurpose(a) {
			act := sim.Act{Action: sim.Pay, With: &a.Instrument, Bank: t.picked(a)}
			if a.Number > 1 {
				act.Action = sim.Retry
			}
			t.person()
			t.does(a.StartedAt, act)
		}
	}
	t.cancel()
}

// steered tells how the plan was changed.
func (t *teller) steered(at time.Time, plan sim.Plan) {
	if len(plan.Customer) == 0 && plan.Travel == "" && len(plan.Channels) == 0 && plan.Bank != nil {
		t.step(at, during, member("bank", append(member("payment", t.name), tree(wishedBank(*plan.Bank))...)))
		return
	}
	for i, a := range plan.Customer {
		plan.Customer = slices.Clone(plan.Customer)
		plan.Customer[i] = t.atItsBank(a)
	}
	t.step(at, during, member("call", yaml.MapSlice{
		{Key: "route", Value: "POST /sim/payments/${" + t.name + ".id}/simulate"}, {Key: "body", Value: tree(wish(plan))},
	}))
}

func (t *teller) does(at time.Time, a sim.Act) {
	t.step(at, during, member("customer", append(member("payment", t.name), tree(wishedAct(a))...)))
}

// person notes that a person acted.
func (t *teller) person() {
	t.note("What a person did on a page is done on purpose here, so the transcript has other versions of %s.", t.name)
}

// atItsBank has the customer pick the bank to which luck has led, where luck is not repeated.
func (t *teller) atItsBank(a sim.Act) sim.Act {
	if t.seeded || t.Payment.BankFixed || a.Bank != "" {
		return a
	}
	for _, d := range t.Payment.Simulation.Done {
		for _, try := range t.Payment.Attempts {
			if d.Refused == "" && reflect.DeepEqual(d.Act, a) && try.StartedAt.Equal(d.At) {
				a.Bank = try.Bank
				return a
			}
		}
	}
	return a
}

func (t *teller) submittedOnPurpose(a payment.Attempt) bool {
	s := t.Payment.Simulation
	return s != nil && slices.ContainsFunc(s.Done, func(d payment.DoneAct) bool {
		return d.Refused == "" && d.Action.Pays() && d.At.Equal(a.StartedAt)
	})
}

// picked is the bank that the customer picks, so that the try goes where it went.
func (t *teller) picked(a payment.Attempt) string {
	if t.Payment.BankFixed || t.seeded && a.Route != payment.RouteCustomer {
		return ""
	}
	return a.Bank
}

// cancel tells who said stop.
func (t *teller) cancel() {
	p := &t.Payment
	if p.Status != payment.Canceled || p.Reason == nil {
		return
	}
	at := p.UpdatedAt
	for _, e := range t.Events {
		if e.Type == "payment.canceled" {
			at = e.At
		}
	}
	s := p.Simulation
	switch {
	case p.Reason.Code == reason.MerchantCanceled:
		t.step(at, during, member("cancel", member("payment", t.name)))
	case s == nil || !slices.ContainsFunc(s.Done, func(d payment.DoneAct) bool { return d.Action == sim.Cancel && d.Refused == "" }):
		t.whyHolds = false // it is the request that asks for it now
		t.person()
		t.does(at, sim.Act{Action: sim.Cancel})
	}
}

// numberOf finds a published number, and the holder's name, that stand for an instrument.
func numberOf(i instrument.Instrument) (card, iban, holder string) {
	for _, name := range append([]string{""}, instrument.Holders()...) {
		for _, n := range instrument.Cards() {
			if got, err := instrument.Known(n.Number, "", name); err == nil && got == i {
				return n.Number, "", name
			}
		}
		for _, n := range instrument.Accounts() {
			if got, err := instrument.Known("", n.Number, name); err == nil && got == i {
				return "", n.Number, name
			}
		}
	}
	return "", "", ""
}
