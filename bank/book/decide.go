package book

import (
	"strings"
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// Wish is the decision about a request by the bank's temper and the test number,
// before the book is asked.
type Wish struct {
	Outcome payment.Outcome // "" for no answer
	Reason  *reason.Reason
	Rule    string
	Source  reason.Source
	Default bool          // an approval because no rule applied; the account may still refuse
	Said    *money.Amount // the amount in the answer, if it is not the requested one
	Plan    Plan
}

// Decide makes the record of a request that was not decided before. The book
// does not change until the record is applied.
func (b *Book) Decide(now time.Time, r wire.Request, w Wish) Record {
	rec := Record{
		Kind: Decided, Bank: b.rules.Bank, At: b.Stamp(now), Request: &r,
		Outcome: w.Outcome, Reason: w.Reason, Rule: w.Rule, Source: w.Source, Said: w.Said,
	}
	var code, rule string
	switch r.Type {
	case wire.Authorize:
		if w.Default && w.Outcome == payment.OutcomeApproved {
			code, rule = b.refuses(b.accounts.of(r.Instrument), r.Amount, rec.At)
		}
		rec.Plan = w.Plan
	case wire.Capture, wire.Void, wire.Refund:
		if w.Outcome == payment.OutcomeApproved {
			code, rule = b.refusesLater(r, rec.At)
		}
	case wire.Reverse, wire.Evidence, wire.Control:
		rec.Outcome, rec.Reason, rec.Rule, rec.Source, rec.Said = "", nil, "", "", nil
	}
	if code != "" {
		rec.decline(code, rule)
	}
	return rec
}

func (r *Record) decline(code, rule string) {
	why := reason.Because(code, rule)
	r.Outcome, r.Reason, r.Rule, r.Source, r.Plan = payment.OutcomeDeclined, &why, rule, reason.ByBank, PlanNoDispute
}

// refusesLater returns the reason for refusing a capture, void or refund, or ""
// if it is allowed.
func (b *Book) refusesLater(r wire.Request, at time.Time) (code, rule string) {
	a := b.auths[r.Authorization]
	if a == nil || a.Payment != r.Payment || !a.stands() {
		return reason.AuthorizationUnknown, "there is no authorization " + r.Authorization
	}
	if r.Type == wire.Refund {
		if b.failing > 0 {
			return reason.RefundRejected, "told to send back the next refunds"
		}
		return a.covers(r.Amount, a.left(), "captured and not given back")
	}
	if a.released || !at.Before(a.until) {
		return reason.AuthorizationExpired, "nothing is reserved any more"
	}
	if r.Type == wire.Void {
		return "", ""
	}
	return a.covers(r.Amount, a.held, "reserved")
}

// covers returns a reason unless have is enough for the amount.
func (a *authorization) covers(amount, left money.Amount, what string) (code, rule string) {
	switch {
	case amount.Currency() != a.currency():
		return reason.InvalidTxn, "the authorization is in " + string(a.currency())
	case amount.Decimal().GreaterThan(left.Decimal()):
		return reason.ExceedsAuthorization, "no more than " + left.String() + " is " + what
	}
	return "", ""
}

// Challenged makes the record of a customer's choice on the bank's page. It
// returns false if the challenge was decided before, or is unknown.
func (b *Book) Challenged(now time.Time, r wire.Request, w Wish, word func(Answer) wire.Result) (Record, bool) {
	a := b.auths[r.ID]
	if a == nil || a.Outcome != payment.OutcomeChallenge || a.choice != "" || a.reversed {
		return Record{}, false
	}
	rec := Record{
		Kind: Answered, Bank: b.rules.Bank, At: b.Stamp(now), Request: &r, Outcome: w.Outcome, Reason: w.Reason, Rule: w.Rule, Source: w.Source, Plan: w.Plan,
	}
	result := word(answerOf(rec))
	rec.Result = &result
	return rec, true
}

// Try makes the record of a wrong code, and counts the wrong codes.
func (b *Book) Try(now time.Time, r wire.Request) (Record, int) {
	tries := 1
	if a := b.auths[r.ID]; a != nil {
		tries += a.tries
	}
	return Record{Kind: Tried, Bank: b.rules.Bank, At: b.Stamp(now), Request: &wire.Request{ID: r.ID}}, tries
}

// Sent makes the record of the answers and messages that the broker has
// confirmed. It has no instant of its own: how many confirmations come at a time is chance, and must
// not move the instants of decisions.
func (b *Book) Sent(now time.Time, answers, messages []string) Record {
	return Record{Kind: Confirmed, Bank: b.rules.Bank, At: b.latest(now), Answers: answers, Messages: messages}
}

// wins reports whether an evidence wins the dispute for the merchant.
func wins(p Plan, evidence string) bool {
	return p == PlanWins || strings.Contains(evidence, WinningEvidence)
}
