package processor

import (
	"context"
	"errors"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/payment"
	"sandbank/sim"
)

// simulates refuses a plan where nothing is simulated on purpose here.
func (p *Processor) simulates(plan sim.Plan) error {
	if !p.config.SimulateOff || plan.IsZero() {
		return nil
	}
	return fault.New(fault.Forbidden, "simulation_off", "Nothing is simulated on purpose here: this processor runs with --simulate off.").
		Hinting("Test cards and banks still stand for outcomes; see /docs. Run a processor of your own to steer payments.")
}

// MerchantsOff refuses to make a merchant where nothing is simulated on purpose.
func (p *Processor) MerchantsOff() error {
	if !p.config.SimulateOff {
		return nil
	}
	return fault.New(fault.Forbidden, "simulation_off", "No merchant is made at run time here: this processor runs with --simulate off.").
		Hinting("Whoever runs it names its merchants with --client.")
}

// Simulate changes what happens on purpose to a payment, as far as it has not
// happened yet; see [payment.Payment.Simulate]. A bank that has a request in hand
// is told.
func (p *Processor) Simulate(ctx context.Context, merchant, id string, plan sim.Plan) (payment.Payment, error) {
	return p.steerPayment(ctx, merchant, id, plan, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		next, err := pay.Simulate(p.now(), plan)
		if err != nil {
			return pay, err
		}
		if plan.Bank != nil {
			next, err = p.tellBank(w, next, *plan.Bank)
		}
		if err == nil {
			w.update(next)
		}
		return next, err
	})
}

// Act has a payment's customer act: at once, and then it is refused where a
// person's act would be; or later, and then its result stands on the timeline.
func (p *Processor) Act(ctx context.Context, merchant, id string, a sim.Act) (payment.Payment, error) {
	return p.steerPayment(ctx, merchant, id, sim.Plan{Customer: []sim.Act{a}}, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		now := p.now()
		if after, _ := a.After.Duration(); after > 0 || a.Action == sim.ComeBackLate {
			next, err := pay.Schedule(now, a)
			if err == nil {
				w.update(next)
			}
			return next, err
		}
		next, err := p.enact(w, pay, a)
		if err != nil {
			return pay, inBody(err)
		}
		next = next.ActedNow(now, a, "")
		w.update(next)
		return next, nil
	})
}

// inBody has an error name the bank as a field of a body, and not of the checkout's form.
func inBody(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		for i := range f.Fields {
			if f.Fields[i].Pointer == "bank" {
				f.Fields[i].Pointer = "/bank"
			}
		}
	}
	return err
}

// RunOut has the time of a payment that waits for its customer be up at once, as if the customer had walked away. It is
// refused with [fault.Conflict] where the payment does not wait any more.
func (p *Processor) RunOut(ctx context.Context, merchant, id string) (payment.Payment, error) {
	return p.steerPayment(ctx, merchant, id, sim.Plan{Customer: []sim.Act{{Action: sim.WalkAway}}}, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		next, due := pay.RunOut(p.now())
		if !due {
			return pay, fault.New(fault.Conflict, "payment_final", "The payment is %s and waits for no customer.", pay.Status)
		}
		return p.expired(w, pay, next), nil
	})
}

// steerPayment runs one decision on what is simulated for a merchant's payment.
func (p *Processor) steerPayment(ctx context.Context, merchant, id string, plan sim.Plan,
	decide func(*Work, payment.Payment) (payment.Payment, error),
) (payment.Payment, error) {
	if err := p.simulates(plan); err != nil {
		return payment.Payment{}, err
	}
	return p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		if pay.Merchant != merchant {
			return pay, NoPayment(id)
		}
		return decide(w, pay)
	})
}

// perform does the customer's act whose time has come, once. An act that is
// refused is over, too, unless the processor itself could not take it.
func (p *Processor) perform(w *Work, pay payment.Payment, a sim.Act) (payment.Payment, error) {
	next, err := p.enact(w, pay, a)
	refused := ""
	if err != nil {
		if fault.Code(err) == "outbox_full" {
			return pay, err
		}
		refused = fault.From(err).Message
	}
	next = next.Acted(p.now(), refused)
	p.config.Log.Info("the customer acted, on purpose", "payment", pay.ID, "act", a.Says(), "refused", refused)
	w.update(next)
	return next, nil
}

// enact does an act of the customer, as the checkout would.
func (p *Processor) enact(w *Work, pay payment.Payment, a sim.Act) (payment.Payment, error) {
	if err := p.accepting(); err != nil {
		return pay, err
	}
	switch a.Action {
	case sim.Pay, sim.Retry, sim.ComeBackLate:
		return p.submit(w, pay, *a.With, a.Bank, 0)
	case sim.SubmitTwice:
		number := len(pay.Attempts) + 1
		next, err := p.submit(w, pay, *a.With, a.Bank, number)
		if err == nil { // the same form again is refused, and changes nothing
			_, _ = p.submit(w, next, *a.With, a.Bank, number)
		}
		return next, err
	case sim.Cancel:
		next, err := pay.CancelOnPurpose(p.now())
		return p.stopped(w, pay, next, err)
	case sim.WalkAway:
	}
	return pay, nil
}

// tellBank passes an order on for requests that the bank has in hand, and for a
// captured payment that is to be disputed.
func (p *Processor) tellBank(w *Work, pay payment.Payment, b sim.Bank) (payment.Payment, error) {
	now := p.now()
	for _, part := range sim.Parts() {
		if _, asked := b.Of(part); !asked {
			continue
		}
		next, request, ok := pay.Reorder(now, part)
		if !ok {
			continue
		}
		pay = next
		again := p.authorize(pay)
		if o, is := pay.ByRequest(request); is && part != sim.Authorize {
			again = operationRequest(pay, o)
		}
		p.command(w, pay, pay.Last(), wire.Controls{Command: wire.CommandAnswer, Again: &again})
	}
	if a := withBank(&pay); b.Dispute != nil && a != nil {
		p.command(w, pay, a, wire.Controls{Command: wire.CommandDispute, Disputes: b.Dispute, Reason: b.Dispute.Reason})
	}
	return pay, nil
}

// withBank is the attempt that a bank has approved or may approve yet, nil for none.
func withBank(pay *payment.Payment) *payment.Attempt {
	if a := pay.Last(); pay.Status == payment.Processing || pay.Status == payment.ActionRequired {
		return a
	}
	return pay.Approved()
}

// command sends a bank a command about an attempt.
func (p *Processor) command(w *Work, pay payment.Payment, a *payment.Attempt, c wire.Controls) {
	w.message(outMessage(pay, a, p.control(a.Bank, wire.Request{Authorization: a.RequestID, Controls: &c}), pay.Refundable()))
}
