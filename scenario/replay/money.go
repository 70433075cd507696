package replay

import (
	"github.com/goccy/go-yaml"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/sim"
)

// money tells what followed an approval: what the merchant asked for, and disputes.
func (t *teller) money() {
	for _, o := range t.Payment.Operations {
		if !t.Payment.Implied(o) {
			t.operation(o)
		}
	}
	for _, d := range t.Payment.Disputes {
		if d.Evidence != "" {
			t.step(d.EvidenceAt, during, member("dispute", yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "evidence", Value: t.text(d.Evidence)}}))
		}
	}
	for _, m := range t.Messages {
		c, ok := m.command()
		switch {
		case !ok:
		case c.Command == wire.CommandDispute && c.Disputes == nil: // else the plan asks for it
			t.step(m.At, during, member("dispute", with(member("payment", t.name), "reason", t.text(c.Reason))))
		case c.Command == wire.CommandDecide:
			t.step(m.At, during, member("dispute", yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "decide", Value: c.Outcome}}))
		}
	}
}

func (t *teller) operation(o payment.Operation) {
	if !t.seeded && o.Kind == payment.OpRefund && o.Simulate == nil && o.Status != payment.OpPending {
		a := sim.Answer{Outcome: sim.Approved}
		if o.Status == payment.OpFailed && o.Reason != nil {
			a.Outcome, a.Reason = sim.Declined, o.Reason.Code
		}
		answer := sim.WishedBank{}
		answer.Refund = &sim.WishedFollowUp{WishedAnswer: wishedAnswer(a)}
		t.step(o.CreatedAt, before, member("bank", append(member("payment", t.name), tree(answer)...)))
	}
	if o.Description != "" {
		t.described(o)
		return
	}
	body := member("payment", t.name)
	if o.Kind != payment.OpVoid {
		body = with(body, "amount", amount(o.Amount))
	}
	if o.Kind == payment.OpCapture {
		body = with(body, "final", o.Final)
	}
	body = with(body, "key", t.text(o.Origin.IdempotencyKey))
	t.step(o.CreatedAt, during, member(string(o.Kind), body))
}

// described asks for an operation with its description, for which there is no word.
func (t *teller) described(o payment.Operation) {
	route := "POST /v1/payments/${" + t.name + ".id}/" + string(o.Kind)
	if o.Kind == payment.OpRefund {
		route += "s"
	}
	body := yaml.MapSlice{{Key: "description", Value: t.text(o.Description)}}
	if o.Kind != payment.OpVoid {
		body = append(body, yaml.MapItem{Key: "amount", Value: yaml.MapSlice{{Key: "value", Value: o.Amount.Value()}, {Key: "currency", Value: string(o.Amount.Currency())}}})
	}
	if o.Kind == payment.OpCapture && o.Final {
		body = append(body, yaml.MapItem{Key: "final", Value: true})
	}
	t.step(o.CreatedAt, during, member("call", with(yaml.MapSlice{{Key: "route", Value: route}, {Key: "body", Value: body}}, "key", t.text(o.Origin.IdempotencyKey))))
}
