package bank

import (
	"fmt"
	"math/rand/v2"
	"time"

	"sandbank/chance"
	"sandbank/instrument"
	"sandbank/payment"
	"sandbank/reason"
	"sandbank/wire"
)

// Decision is what a bank makes of a request.
type Decision struct {
	Silent  bool
	Delay   time.Duration
	Twice   bool
	Outcome payment.Outcome
	Reason  *reason.Reason
	Rule    string // which rule fired
}

// Decide depends on the seed, the temperament and the request alone. The
// precedence: the bank's behavior, then the test number (and, where that is
// neutral, the holder's name, which the processor has resolved), then approval.
func Decide(seed uint64, t Temper, r wire.Request) Decision {
	luck := chance.For(seed, r.ID)
	d := Decision{Delay: delay(luck, t), Twice: luck.Float64() < t.Twice}
	declines := luck.Float64() < t.Declines
	switch {
	case t.Silent:
		d.Silent, d.Rule = true, t.Name+" never answers"
	case declines:
		d.decline(reason.DoNotHonor, t.Name+" declined: "+t.Behavior)
	case t.Challenges:
		d.Outcome, d.Rule = payment.OutcomeChallenge, t.Name+" asks every customer to confirm"
	default:
		d.byInstrument(*r.Instrument)
	}
	return d
}

func (d *Decision) byInstrument(i instrument.Instrument) {
	d.Outcome, d.Rule = payment.OutcomeApproved, i.Rule
	switch i.Behavior {
	case instrument.Neutral, instrument.Approve, instrument.DisputeLost, instrument.DisputeWon:
	case instrument.Decline:
		d.decline(i.Reason, i.Rule)
	case instrument.Error:
		why := reason.Because(i.Reason, i.Rule)
		d.Outcome, d.Reason = payment.OutcomeError, &why
	case instrument.Challenge:
		d.Outcome = payment.OutcomeChallenge
	case instrument.Silent:
		d.Silent = true
	default:
		d.decline(reason.InvalidTxn, fmt.Sprintf("the behavior %q is not known to this bank", i.Behavior))
	}
}

func (d *Decision) decline(code, rule string) {
	why := reason.Because(code, rule)
	d.Outcome, d.Reason, d.Rule = payment.OutcomeDeclined, &why, rule
}

func delay(luck *rand.Rand, t Temper) time.Duration {
	spread := t.MaxDelay - t.MinDelay
	if spread <= 0 {
		return t.MinDelay
	}
	return t.MinDelay + time.Duration(luck.Int64N(int64(spread)))
}

// answer words a decision as a message. Its id follows from the request's, so
// that the same answer again is the same message.
func answer(seed uint64, r wire.Request, d Decision, now time.Time) wire.Result {
	luck := chance.For(seed, "codes "+r.ID)
	result := wire.Result{
		Type: wire.ResultType, ID: "res" + r.ID[min(3, len(r.ID)):], RequestID: r.ID,
		Payment: r.Payment, Attempt: r.Attempt, Bank: r.Bank, Amount: r.Amount,
		Outcome: d.Outcome, Reason: d.Reason, Rule: d.Rule, DecidedAt: now,
		BankReference: fmt.Sprintf("%s-%010d", r.Bank[:4], luck.Uint64N(1e10)),
	}
	if d.Outcome == payment.OutcomeApproved {
		result.AuthorizationCode = fmt.Sprintf("%06d", luck.Uint64N(1e6))
	}
	return result
}
