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

// obey decides a request as its order says. The book may still refuse more than
// the account has.
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

// travel sets when and how the answer is published.
func (d *Decision) travel(o sim.Order) {
	if o.AnswerAt != nil {
		d.AnswerAt = *o.AnswerAt
	}
	if o.Travel != "" {
		d.Twice = o.Travel == sim.Twice
		d.Held = o.Travel == sim.OutOfOrder && !endsFirst(&o)
	}
}

// wait returns the time from now to the answer.
func (d Decision) wait(now time.Time) time.Duration {
	if d.AnswerAt.IsZero() {
		return d.Delay
	}
	return d.AnswerAt.Sub(now)
}

// planned returns the plan that the order asks for, or else the given one.
func planned(o *sim.Order, otherwise book.Plan) book.Plan {
	if o == nil || o.Dispute == nil {
		return otherwise
	}
	return book.PlanOf(*o.Dispute)
}

// endsFirst reports whether a challenge's end is to be published before its
// question.
func endsFirst(o *sim.Order) bool {
	return o != nil && o.Travel == sim.OutOfOrder && o.Outcome == sim.Challenge && o.Challenge != nil && o.Challenge.Ends != sim.EndWalkAway
}

// older returns the approval of an earlier attempt that the order wants
// published first; it is published, and not booked. It returns false if the
// order asks for none.
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

// answerAnew carries out the command to decide an unanswered request again. The
// bank's own earlier decision is forgotten.
func (b *Bank) answerAnew(j job) {
	b.mu.Lock()
	b.overruled[j.request.ID] = true
	b.mu.Unlock()
	b.take(j)
}

// again decides a request anew: one that got no answer, or a challenge, which it
// ends. The caller holds the lock.
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

// chosen makes a message of a customer's choice on the bank's page.
func (b *Bank) chosen(a book.Answer) wire.Result {
	result := word(b.Seed, b.Identifier, a)
	result.ID += "-" + strings.ToLower(string(a.Outcome))
	return result
}

// endOf returns the choice of a customer whose challenge ends by order.
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

// endNow ends a challenge before its question is published. The caller holds the
// lock.
func (b *Bank) endNow(r wire.Request) []book.Record {
	rec, ok := b.book.Challenged(b.Clock.Now(), r, endOf(*r.Simulate), b.chosen)
	if !ok {
		return nil
	}
	b.book.Apply(rec)
	return []book.Record{rec}
}
