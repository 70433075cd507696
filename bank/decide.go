package bank

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// Decision is the answer to a request by the bank's temper and the test number.
// The book may still refuse an approval.
type Decision struct {
	Silent      bool
	Delay       time.Duration
	Twice       bool
	Held        bool // answered behind later requests
	WrongAmount bool
	Outcome     payment.Outcome
	Reason      *reason.Reason
	Rule        string // the rule that applied
	Source      reason.Source
	Default     bool // approved because no other rule applied
	Plan        book.Plan
	AnswerAt    time.Time // the earliest time of the answer, instead of Delay; zero if unset
}

// Decide depends only on the seed, the temperament and the request. The
// precedence is [reason.Precedence]: the request's order or its scenario; the
// bank's behavior; the test number; if that is neutral, the holder's name, which
// the processor has resolved; the amount, at a bank with amount rules; otherwise
// approval, which the account may refuse.
func Decide(seed uint64, t Temper, r wire.Request) Decision {
	luck := chance.For(seed, r.ID)
	d := Decision{Delay: delay(luck, t), Twice: luck.Float64() < t.Twice}
	m := mood{declines: luck.Float64() < t.Declines}
	m.silent = luck.Float64() < t.Silent
	m.challenges = luck.Float64() < t.Challenges
	d.Held = luck.Float64() < t.Reorders
	d.WrongAmount = luck.Float64() < t.WrongAmount
	m.rejects = luck.Float64() < t.RefundsRejected
	if luck.Float64() < t.Tail.Share {
		d.Delay = t.Tail.Delay
	}
	disputed := luck.Float64() < t.Disputes.Share
	if o := r.Simulate; o != nil && o.Outcome != "" {
		d.obey(*o)
	} else {
		d.behave(t, m, r)
	}
	if r.Simulate != nil {
		d.travel(*r.Simulate)
	}
	if r.Type == wire.Authorize && !d.Silent {
		d.Plan = planned(r.Simulate, planOf(*r.Instrument, disputed))
	}
	return d
}

// mood is the random part of the bank's behavior for one request.
type mood struct{ declines, silent, challenges, rejects bool }

// behave decides by the bank's own behavior.
func (d *Decision) behave(t Temper, m mood, r wire.Request) {
	d.Source = reason.ByBank
	switch {
	case m.silent:
		d.Silent, d.Rule = true, t.Name+" does not answer"
	case r.Type == wire.Refund && m.rejects:
		d.decline(reason.RefundRejected, t.Name+" sends refunds back")
	case r.Type != wire.Authorize:
		d.Outcome, d.Rule, d.Source = payment.OutcomeApproved, "the book allows it", reason.ByDefault
	case m.declines:
		d.decline(reason.DoNotHonor, t.Name+" declined: "+t.Behavior)
	case m.challenges:
		d.Outcome, d.Rule = payment.OutcomeChallenge, t.Name+" asks the customer to confirm"
	default:
		d.byInstrument(*r.Instrument)
		if d.Default && t.AmountRules {
			d.byAmount(r.Amount)
		}
	}
}

// planOf returns the plan for a dispute after the capture of the payment.
func planOf(i instrument.Instrument, share bool) book.Plan {
	switch {
	case i.Behavior == instrument.DisputeWon:
		return book.PlanWins
	case i.Behavior == instrument.DisputeLost || share:
		return book.PlanLoses
	}
	return book.PlanNoDispute
}

func (d *Decision) byInstrument(i instrument.Instrument) {
	d.Outcome, d.Rule, d.Source = payment.OutcomeApproved, i.Rule, cmp.Or(i.Source, reason.ByNumber)
	switch i.Behavior {
	case instrument.Neutral:
		d.Default, d.Source = true, reason.ByDefault
	case instrument.Approve, instrument.DisputeLost, instrument.DisputeWon:
	case instrument.Decline:
		d.decline(i.Reason, i.Rule)
	case instrument.Error:
		d.fail(i.Reason, i.Rule)
	case instrument.Challenge:
		d.Outcome = payment.OutcomeChallenge
	case instrument.Silent:
		d.Silent = true
	default:
		d.decline(reason.InvalidTxn, fmt.Sprintf("the behavior %q is not known to this bank", i.Behavior))
	}
}

// amountCodes are the ISO 8583 response codes that an amount can select.
var amountCodes = []string{"01", "05", "12", "14", "41", "43", "51", "54", "57", "61", "91"}

// byAmount reads the last two digits of the amount, in the currency's minor
// unit, as a response code.
func (d *Decision) byAmount(a money.Amount) {
	minor := a.Decimal().Shift(a.Currency().Decimals()).Mod(decimal.NewFromInt(100))
	code := fmt.Sprintf("%02d", minor.IntPart())
	for _, known := range amountCodes {
		if code != known {
			continue
		}
		rule := "the amount ends in the response code " + code
		d.Source = reason.ByAmount
		if d.Default = false; code == "91" {
			d.fail(reason.FromISO8583(code), rule)
		} else {
			d.decline(reason.FromISO8583(code), rule)
		}
	}
}

func (d *Decision) decline(code, rule string) {
	why := reason.Because(code, rule)
	d.Outcome, d.Reason, d.Rule, d.Default = payment.OutcomeDeclined, &why, rule, false
}

func (d *Decision) fail(code, rule string) {
	why := reason.Because(code, rule)
	d.Outcome, d.Reason, d.Rule, d.Default = payment.OutcomeError, &why, rule, false
}

func delay(luck *rand.Rand, t Temper) time.Duration {
	spread := t.MaxDelay - t.MinDelay
	if spread <= 0 {
		return t.MinDelay
	}
	return t.MinDelay + time.Duration(luck.Int64N(int64(spread)))
}

// wish converts a decision for the book. A bank without a page approves instead
// of asking the customer.
func (d Decision) wish(r wire.Request, page bool) book.Wish {
	w := book.Wish{Outcome: d.Outcome, Reason: d.Reason, Rule: d.Rule, Source: d.Source, Default: d.Default, Plan: d.Plan}
	switch {
	case d.Silent:
		w.Outcome, w.Reason = "", nil
	case d.Outcome == payment.OutcomeChallenge && !page:
		w.Outcome, w.Rule = payment.OutcomeApproved, d.Rule+" (this bank has no page; approved)"
	}
	if d.WrongAmount && w.Outcome != "" {
		wrong := r.Amount.Add(money.Of(decimal.New(1, -r.Amount.Currency().Decimals()), r.Amount.Currency()))
		w.Said = &wrong
	}
	return w
}

// word makes the message of an answer. Its id and codes are computed from the
// request's id, so that a repeated answer is the same message.
func word(seed uint64, bic string, a book.Answer) wire.Result {
	luck := chance.For(seed, "codes "+a.Request)
	result := wire.Result{
		Type: wire.ResultType, ID: "res" + a.Request[min(3, len(a.Request)):], RequestID: a.Request,
		Payment: a.Payment, Attempt: a.Attempt, Bank: bic, Amount: a.Amount,
		Outcome: a.Outcome, Reason: a.Reason, Rule: a.Rule, Source: a.Source, DecidedAt: a.At,
		BankReference: fmt.Sprintf("%s-%010d", bic[:4], luck.Uint64N(1e10)),
	}
	if a.Outcome == payment.OutcomeApproved {
		result.AuthorizationCode = fmt.Sprintf("%06d", luck.Uint64N(1e6))
	}
	return result
}
