package replay

import (
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/sim"
)

// money tells what followed an approval: what the merchant asked for, and disputes. All of it may have been at one instant of a clock
// that stood, so it is told in the order in which it can have been: a dispute, its evidence, and what the bank decides.
func (t *teller) money() {
	for _, o := range t.Payment.Operations {
		if !t.Payment.Implied(o) {
			t.operation(o)
		}
	}
	for _, m := range t.Messages {
		if c, ok := m.command(); ok && c.Command == wire.CommandDispute && c.Disputes == nil { // else the plan asks for it
			t.step(m.At, during, member("dispute", with(member("payment", t.name), "reason", t.text(c.Reason))))
		}
	}
	for _, d := range t.Payment.Disputes {
		if d.Evidence != "" {
			t.disputed(d.EvidenceAt)
			t.step(d.EvidenceAt, during, member("dispute", yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "evidence", Value: t.text(d.Evidence)}}))
		}
	}
	for _, m := range t.run.Commands {
		if d, c, ok := m.decides(t.Payment); ok {
			if d.Evidence == "" {
				t.disputed(m.At)
			}
			t.step(m.At, during, member("dispute", yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "decide", Value: c.Outcome}}))
		}
	}
}

// disputed waits until the bank has told of the dispute, which it does at a moment of its own where luck is not repeated.
func (t *teller) disputed(at time.Time) {
	if t.seeded {
		return
	}
	there := yaml.MapSlice{{Key: "dispute.status", Value: string(payment.DisputeNeedsResponse)}}
	t.step(at, during, member("expect", yaml.MapSlice{{Key: "payment", Value: t.name}, {Key: "within", Value: slack}, {Key: "has", Value: there}}))
}

func (t *teller) operation(o payment.Operation) {
	if !t.seeded && o.Kind == payment.OpRefund && o.Simulate == nil && o.Status != payment.OpPending {
		a := sim.Answer{Outcome: sim.Approved}
		if o.Status == payment.OpFailed && o.Reason != nil {
			a.Outcome, a.Reason = sim.Declined, o.Reason.Code
		}
		answer := sim.WishedBank{}
		answer.Refund = &sim.WishedFollowUp{WishedAnswer: wishedAnswer(a)}
		t.step(o.CreatedAt, during, member("bank", append(member("payment", t.name), tree(answer)...)))
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
