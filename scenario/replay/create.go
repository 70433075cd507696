package replay

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/payment"
	"sandbank/sim"
)

// gap is how many of the merchant's payments came between a payment and the one before it.
func (w *writer) gap(i int) uint64 {
	last := uint64(0)
	if i > 0 {
		last = w.number[i-1]
	}
	return w.number[i] - last - 1
}

// unknownBank is the BIC of no bank: a payment that names it is counted and refused.
const unknownBank = "NOBANK2X"

// before asks for as many payments as came before this one, so that it has its number.
func (t *teller) before() {
	if !t.seeded || t.gap(t.index) == 0 {
		return
	}
	refused := []yaml.MapSlice{
		with(member("create", yaml.MapSlice{{Key: "amount", Value: "1.00 EUR"}, {Key: "bank", Value: unknownBank}}), "as", "counted"),
		member("expect", member("answer", member("problem", "bank_unknown"))),
	}
	t.step(t.Payment.CreatedAt, before, with(member("repeat", yaml.MapSlice{{Key: "times", Value: t.gap(t.index)}, {Key: "steps", Value: refused}}), "", ""))
}

// create asks for the payment, with the plan that it was made with.
func (t *teller) create() {
	p := &t.Payment
	body := yaml.MapSlice{{Key: "amount", Value: amount(p.Amount)}, {Key: "reference", Value: t.text(p.Reference)}, {Key: "return_url", Value: t.text(p.ReturnURL)}}
	if p.BankFixed {
		body = with(body, "bank", p.FirstBank)
	}
	body = with(body, "description", t.text(p.Description))
	if p.CaptureMode == payment.CaptureManual {
		body = with(body, "capture", string(p.CaptureMode))
	}
	if p.MaxAttempts != payment.DefaultAttempts {
		body = append(body, yaml.MapItem{Key: "attempts", Value: p.MaxAttempts})
	}
	if life := p.ExpiresAt.Sub(p.CreatedAt); life != payment.DefaultLife {
		body = with(body, "expires_in", life.Truncate(time.Second).String())
	}
	if len(p.Metadata) > 0 {
		metadata := map[string]string{}
		for name, value := range p.Metadata {
			metadata[t.text(name)] = t.text(value)
		}
		body = append(body, yaml.MapItem{Key: "metadata", Value: metadata})
	}
	if plan := t.planned(); !plan.IsZero() {
		body = append(body, yaml.MapItem{Key: "simulate", Value: tree(wish(plan))})
	}
	body = with(body, "key", t.text(p.Origin.IdempotencyKey))
	t.step(p.CreatedAt, during, with(member("create", body), "as", t.name))
}

// first is the plan that the payment was made with.
func (t *teller) first() sim.Plan {
	s := t.Payment.Simulation
	if s == nil {
		return sim.Plan{}
	}
	plan := s.Plan
	if s.First != nil {
		plan = *s.First
	}
	if s.Scenario != nil {
		t.whyHolds = false // the request asks for it now
		plan = plan.Over(*s.Scenario)
	}
	return plan
}

// planned is the plan to create the payment with.
func (t *teller) planned() sim.Plan {
	plan := t.first()
	plan.Customer = slices.Clone(plan.Customer)
	for i, a := range plan.Customer {
		plan.Customer[i] = t.atItsBank(a)
	}
	return plan
}
