package processortest

import (
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/processor"
)

// Wish is a payment of 19.99 EUR that the demo shop asks for.
func Wish() processor.NewPayment {
	return processor.NewPayment{
		Merchant: "demo-shop", Amount: money.Must("19.99", "EUR"), Reference: "order-1", ReturnURL: "https://shop.example/",
		Bank: "SANDNL2A", Life: 15 * time.Minute,
	}
}

// Visa is a test card that is kept in a payment.
var Visa = instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242", Behavior: instrument.Neutral}

// Made creates a payment.
func (r *Rig) Made() payment.Payment {
	r.T.Helper()
	p, _, err := r.Create(r.T.Context(), Wish())
	r.OK(err)
	return p
}

// Paid creates a payment and sends it to its bank; it returns the request too.
func (r *Rig) Paid() (payment.Payment, wire.Request) {
	r.T.Helper()
	return r.Try(r.Made().ID)
}

// Try sends a payment to its bank.
func (r *Rig) Try(id string) (payment.Payment, wire.Request) {
	r.T.Helper()
	p, err := r.Pay(r.T.Context(), id, Visa, "")
	r.OK(err)
	for _, q := range r.Requests(id) {
		if q.ID == p.Last().RequestID {
			return p, q
		}
	}
	r.T.Fatalf("no request went out for attempt %d of %s", len(p.Attempts), id)
	return p, wire.Request{}
}

// Answer is a bank's answer to a request.
func Answer(q wire.Request, o payment.Outcome) wire.Result {
	result := wire.Result{
		Type: wire.ResultType, ID: "res-" + string(o) + "-" + q.ID, RequestID: q.ID, Payment: q.Payment, Attempt: q.Attempt, Bank: q.Bank,
		Amount: q.Amount, Outcome: o, Rule: "test", DecidedAt: Start,
	}
	switch o {
	case payment.OutcomeDeclined:
		why := reason.Because(reason.InsufficientFunds, "test")
		result.Reason = &why
	case payment.OutcomeError:
		why := reason.Because(reason.ProcessingError, "test")
		result.Reason = &why
	case payment.OutcomeChallenge:
		result.ChallengeURL = "https://bank.example/confirm"
	case payment.OutcomeApproved:
	}
	return result
}

// Say hands in one answer and returns what became of it.
func (r *Rig) Say(result wire.Result) processor.Handled {
	r.T.Helper()
	return r.Results(r.T.Context(), [][]byte{wire.Encode(result)})[0]
}

// Now is the stored payment.
func (r *Rig) Now(id string) payment.Payment {
	r.T.Helper()
	p, err := r.Disk.Payment(r.T.Context(), id)
	r.OK(err)
	return p
}

// Story is everything recorded about a payment.
func (r *Rig) Story(id string) processor.Timeline {
	r.T.Helper()
	t, err := r.Disk.Timeline(r.T.Context(), id)
	r.OK(err)
	return t
}

// Told are the types of a payment's events, in order.
func (r *Rig) Told(id string) (types []string) {
	r.T.Helper()
	for _, e := range r.Story(id).Events {
		types = append(types, e.Type)
	}
	return types
}

// Requests are all that was asked of banks about a payment, in order.
func (r *Rig) Requests(id string) (list []wire.Request) {
	r.T.Helper()
	for _, m := range r.Messages() {
		if m.Exchange != broker.Requests || m.Correlation != id {
			continue
		}
		q, err := wire.ReadRequest(m.Body)
		r.OK(err)
		list = append(list, q)
	}
	return list
}

// Sweep advances simulated time by d and returns when the processor has done its due work.
func (r *Rig) Sweep(d time.Duration) {
	r.T.Helper()
	r.Computer.AwaitTimers(1) // it is at rest
	timers := r.Computer.Timers()
	r.Clock.Advance(d)
	r.Computer.Advance(time.Minute) // it looks, whether or not something is due
	r.Computer.AwaitTimers(timers)  // others may wait beside it
}

// Elapse moves the clock by d, and on until the payment has the status.
func (r *Rig) Elapse(d time.Duration, id string, want payment.Status) payment.Payment {
	r.T.Helper()
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); d = 5 * time.Second {
		r.Sweep(d)
		if p := r.Now(id); p.Status == want {
			return p
		}
	}
	r.T.Fatalf("payment %s is %s, and does not become %s", id, r.Now(id).Status, want)
	return payment.Payment{}
}

// OK fails the test on an error.
func (r *Rig) OK(err error) {
	r.T.Helper()
	if err != nil {
		r.T.Fatal(err)
	}
}
