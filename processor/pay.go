package processor

import (
	"cmp"
	"context"
	"strconv"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/clock/turn"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/telemetry/trace"
)

// Pay sends the payment to a bank with the customer's instrument. Bank is "" for the
// bank that [Processor.Destination] finds. It is refused with [fault.Conflict] where
// the payment does not wait for its customer any more, and the payment then comes
// back unchanged.
func (p *Processor) Pay(ctx context.Context, id string, with instrument.Instrument, bank string) (payment.Payment, error) {
	return p.PayOnce(ctx, id, with, bank, 0)
}

// PayOnce is [Processor.Pay] for a submit that may come twice: number is which
// try it means to be, and a try that was made already is refused.
func (p *Processor) PayOnce(ctx context.Context, id string, with instrument.Instrument, bank string, number int) (payment.Payment, error) {
	if err := p.accepting(); err != nil {
		return payment.Payment{}, err
	}
	return p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		return p.submit(w, pay, with, bank, number)
	})
}

// PayUntil is PayOnce, and waits until the payment is as it should be, [Config.Hold] at most by the computer's clock.
func (p *Processor) PayUntil(ctx context.Context, id string, with instrument.Instrument, number int, done func(payment.Payment) bool) (payment.Payment, error) {
	return p.until(ctx, id, done, func() (payment.Payment, error) { return p.PayOnce(ctx, id, with, "", number) })
}

// until does something to a payment and waits until it is as it should be.
func (p *Processor) until(ctx context.Context, id string, done func(payment.Payment) bool, do func() (payment.Payment, error)) (payment.Payment, error) {
	w, stop := p.hub.watch(id) // before, so that nothing is missed
	defer stop()
	pay, err := do()
	if err != nil {
		return pay, err
	}
	turn.Yield(ctx)
	return p.awaitFrom(ctx, w, pay, p.config.Hold, done)
}

// submit makes an attempt of the customer's submit.
func (p *Processor) submit(w *Work, pay payment.Payment, with instrument.Instrument, bank string, number int) (payment.Payment, error) {
	next, err := p.tried(pay, with, bank, number)
	if err != nil {
		return pay, err
	}
	return p.sent(w, pay, next), nil
}

// tried is a payment with one more attempt.
func (p *Processor) tried(pay payment.Payment, with instrument.Instrument, bank string, number int) (payment.Payment, error) {
	now := p.now()
	to, err := p.Destination(pay, with, bank)
	if err != nil {
		return pay, err
	}
	return pay.Pay(now, payment.Try{
		Instrument: with, Bank: to.Bank, BankName: to.Name, Route: to.Route, RequestID: p.newID("req", pay.ID, "try", strconv.Itoa(len(pay.Attempts)+1)), Deadline: now.Add(p.config.Deadline), Number: number,
	})
}

// sent asks the bank for the attempt that a payment now has.
func (p *Processor) sent(w *Work, before, after payment.Payment) payment.Payment {
	w.message(requestMessage(p.slowed(p.authorize(after))))
	return p.follow(w, before, after)
}

// Cancel stops the payment; see [payment.Payment.Cancel]. Canceling what is
// already canceled is no error.
func (p *Processor) Cancel(ctx context.Context, id string, by payment.CanceledBy) (payment.Payment, error) {
	return p.change(ctx, id, func(w *Work, pay payment.Payment) (payment.Payment, error) {
		if pay.Status == payment.Canceled {
			return pay, nil
		}
		next, err := pay.Cancel(p.now(), by)
		return p.stopped(w, pay, next, err)
	})
}

// stopped follows up a canceled payment: an approval on the bank's page will be
// reversed.
func (p *Processor) stopped(w *Work, before, after payment.Payment, err error) (payment.Payment, error) {
	if err != nil {
		return before, err
	}
	if before.Status == payment.ActionRequired {
		after = p.reverse(w, after, len(after.Attempts))
	}
	return p.follow(w, before, after), nil
}

// change runs one decision on one payment. A refused one comes back with the
// payment as it stands.
func (p *Processor) change(ctx context.Context, id string,
	decide func(*Work, payment.Payment) (payment.Payment, error),
) (payment.Payment, error) {
	act := audit.Of(ctx)
	by := act.Sketch()
	type changed struct {
		payment payment.Payment
		kept    bool
	}
	load := func(l *Load) { l.Payments = append(l.Payments, id) }
	done, err := submit(ctx, p.batch, load, func(w *Work) (changed, error) {
		pay, ok := w.Loaded(id)
		if !ok {
			return changed{}, NoPayment(id)
		}
		pay.Trace = trace.Of(ctx, pay.Trace).Under(pay.Trace)
		after, err := decide(w, pay)
		c := changed{after, err == nil && after.Version != pay.Version}
		if c.kept {
			p.witness(w, by, id, pay.Merchant)
		}
		return c, err
	})
	if act.About(id); done.kept && err == nil {
		act.Keep()
	}
	if fault.Code(err) == fault.Code(NoPayment(id)) {
		err = p.missing(ctx, id)
	}
	return done.payment, err
}

// NoPayment is the error for a payment that does not exist or is not the
// caller's: the two are not told apart.
func NoPayment(id string) error {
	return fault.New(fault.NotFound, "payment_not_found", "There is no payment %q.", id).
		Hinting("Payment ids look like pay_01890a5d-ac96-774b-bcce-b302099a8057 and are visible only to their merchant.")
}

// authorize is the request of the last attempt.
func (p *Processor) authorize(pay payment.Payment) wire.Request {
	a := pay.Last()
	merchant, _ := p.config.Clients.Merchant(pay.Merchant)
	return requestOf(pay, a, wire.Request{
		Type: wire.Authorize, ID: a.RequestID, Capture: cmp.Or(pay.CaptureMode, payment.CaptureAutomatic), MerchantName: merchant.Name, ReturnURL: p.config.Address.Checkout(pay.ID),
		Instrument: &a.Instrument, CreatedAt: a.StartedAt, Deadline: &a.Deadline, Simulate: a.Simulate,
	}, pay.Amount)
}

// reverse asks the attempt's bank to undo it, once.
func (p *Processor) reverse(w *Work, pay payment.Payment, attempt int) payment.Payment {
	next, first := pay.Reverse(attempt, p.newID("req", pay.ID, "reverse", strconv.Itoa(attempt)))
	if !first {
		return pay
	}
	a := &next.Attempts[attempt-1]
	w.message(outMessage(next, a, wire.Request{
		Type: wire.Reverse, ID: a.ReversalID, Reverses: a.RequestID, CreatedAt: p.now(),
	}, pay.Amount))
	return next
}

// outMessage is a request about an attempt on its way to its bank.
func outMessage(pay payment.Payment, a *payment.Attempt, r wire.Request, amount money.Amount) Message {
	return requestMessage(requestOf(pay, a, r, amount))
}

func requestOf(pay payment.Payment, a *payment.Attempt, r wire.Request, amount money.Amount) wire.Request {
	r.Payment, r.Attempt, r.Bank, r.Merchant, r.Amount = pay.ID, a.Number, a.Bank, pay.Merchant, amount
	return r
}

func requestMessage(r wire.Request) Message {
	return Message{
		ID: r.ID, Direction: Out, Payment: r.Payment, Bank: r.Bank, Attempt: r.Attempt,
		Kind: string(r.Type), At: r.CreatedAt, Body: wire.Encode(r),
	}
}
