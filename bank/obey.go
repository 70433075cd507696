package bank

import (
	"strings"
	"time"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// obey decides as a request asks for on purpose. The book may still refuse what
// is more than there is.
func (d *Decision) obey(o sim.Order) {
	d.Source, d.WrongAmount = o.Source, o.Outcome == sim.WrongAmount
	switch o.Outcome {
	case sim.Approved, sim.WrongAmount:
		d.Outcome, d.Rule = payment.OutcomeApproved, o.Rule()
	case sim.Declined:
		d.decline(o.Reason, o.Rule())
	case sim.Failed:
		d.fail(o.Reason, o.Rule())
	case sim.Challenge:
		d.Outcome, d.Rule = payment.OutcomeChallenge, o.Rule()
	case sim.Silent:
		d.Silent, d.Rule = true, o.Rule()
	}
}

// travel takes over when the answer is to be told, and how.
func (d *Decision) travel(o sim.Order) {
	if o.AnswerAt != nil {
		d.AnswerAt = *o.AnswerAt
	}
	if o.Travel != "" {
		d.Twice = o.Travel == sim.Twice
		d.Held = o.Travel == sim.OutOfOrder && !endsFirst(&o)
	}
}

// wait is how long the answer takes, from now.
func (d Decision) wait(now time.Time) time.Duration {
	if d.AnswerAt.IsZero() {
		return d.Delay
	}
	return d.AnswerAt.Sub(now)
}

// planned is the dispute that an order asks for, else the one that there would be.
func planned(o *sim.Order, otherwise book.Plan) book.Plan {
	if o == nil || o.Dispute == nil {
		return otherwise
	}
	return book.PlanOf(*o.Dispute)
}

// endsFirst reports whether a challenge's end is to be told before its question.
func endsFirst(o *sim.Order) bool {
	return o != nil && o.Travel == sim.OutOfOrder && o.Outcome == sim.Challenge && o.Challenge != nil && o.Challenge.Ends != sim.EndWalkAway
}

// older is the approval of an earlier attempt that an order has come first: said,
// and not booked. False where it asks for none.
func (b *Bank) older(a book.Answer, r wire.Request) (wire.Result, bool) {
	if r.Simulate == nil || r.Simulate.Older == nil {
		return wire.Result{}, false
	}
	o := r.Simulate.Older
	late := word(b.Seed, b.Identifier, book.Answer{
		Request: o.RequestID, Payment: a.Payment, Attempt: o.Attempt, Outcome: payment.OutcomeApproved, Amount: r.Amount,
		Rule: "simulate.travel asks for a result from an older attempt", Source: r.Simulate.Source, At: a.At,
	})
	late.ID += "-older-" + a.Request[min(4, len(a.Request)):]
	return late, true
}

// answerAnew takes the command to decide again on a request of which nothing was
// told yet. What the bank meant to answer by itself is forgotten.
func (b *Bank) answerAnew(j job) {
	b.mu.Lock()
	b.overruled[j.request.ID] = true
	b.mu.Unlock()
	b.take(j)
}

// again decides a request anew: one that was met with silence, or a challenge, of
// which this is the end. The caller holds the lock.
func (b *Bank) again(j job, known book.Answer) []book.Record {
	now := b.Clock.Now()
	var r book.Record
	var ok bool
	switch known.Outcome {
	case "":
		r, ok = b.book.Decide(now, j.request, j.decision.wish(j.request, b.Config.Challenges != nil)), true
	case payment.OutcomeChallenge:
		w := j.decision.wish(j.request, true)
		if w.Outcome == "" || w.Outcome == payment.OutcomeChallenge {
			return nil
		}
		r, ok = b.book.Challenged(now, j.request, w, b.chosen)
	}
	if !ok {
		return nil
	}
	b.book.Apply(r)
	return []book.Record{r}
}

// chosen puts a customer's choice on the bank's page into a message.
func (b *Bank) chosen(a book.Answer) wire.Result {
	result := word(b.Seed, b.Identifier, a)
	result.ID += "-" + strings.ToLower(string(a.Outcome))
	return result
}

// endOf is the choice of a customer who was made to end a challenge.
func endOf(o sim.Order) book.Wish {
	rule := "simulate.bank.challenge ends with " + string(o.Challenge.Ends)
	w := book.Wish{Outcome: payment.OutcomeDeclined, Rule: rule, Source: o.Source}
	code := reason.ChallengeFailed
	switch o.Challenge.Ends {
	case sim.EndApprove:
		w.Outcome = payment.OutcomeApproved
		return w
	case sim.EndCancel:
		code = reason.CustomerCanceled
	case sim.EndDecline, sim.EndWalkAway:
	}
	why := reason.Because(code, rule)
	w.Reason = &why
	return w
}

// endNow ends a challenge before its question is told. The caller holds the lock.
func (b *Bank) endNow(r wire.Request) []book.Record {
	rec, ok := b.book.Challenged(b.Clock.Now(), r, endOf(*r.Simulate), b.chosen)
	if !ok {
		return nil
	}
	b.book.Apply(rec)
	return []book.Record{rec}
}
