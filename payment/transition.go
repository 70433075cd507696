package payment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// Try is the customer's submit: the instrument, the bank, and the bank's
// deadline.
type Try struct {
	Instrument instrument.Instrument
	Bank       string
	BankName   string // as the bank calls itself; only for people
	Route      Route  // why there; "" for as before
	RequestID  string
	Deadline   time.Time
	// Number is which try it means to be; 0 is the next one, whichever.
	Number int
}

// Pay starts an attempt. It is refused with [fault.Conflict] unless the payment
// waits for the customer and its time is not up, even if the sweep has not
// found it yet.
func (p Payment) Pay(now time.Time, try Try) (Payment, error) {
	if err := p.open(now); err != nil {
		return p, err
	}
	if try.Number != 0 && try.Number != len(p.Attempts)+1 {
		return p, fault.New(fault.Conflict, "attempt_made", "Try %d was made already.", try.Number)
	}
	if p.BankFixed && try.Bank != p.Bank {
		return p, fault.New(fault.Conflict, "bank_fixed", "The merchant chose the bank for this payment.")
	}
	by := cmp.Or(try.Route, p.RoutedBy())
	p.Attempts = append(slices.Clone(p.Attempts), Attempt{
		Number: len(p.Attempts) + 1, Bank: try.Bank, Route: by, Status: AttemptSent, Instrument: try.Instrument,
		RequestID: try.RequestID, StartedAt: now, Deadline: try.Deadline,
	})
	p.Last().Simulate = p.authorizeOrder(now)
	p.Bank, p.BankName, p.Route, p.Reason = try.Bank, try.BankName, by, nil
	return p.enter(Processing, now, try.Deadline), nil
}

// open refuses everything but a payment that waits for its customer.
func (p Payment) open(now time.Time) error {
	switch p.Status {
	case Created:
		if now.Before(p.ExpiresAt) {
			return nil
		}
		return fault.New(fault.Conflict, "payment_expired", "The time to pay is up.")
	case Abandoned:
		return fault.New(fault.Conflict, "payment_expired", "The time to pay is up.")
	case Processing, ActionRequired:
		return fault.New(fault.Conflict, "payment_in_progress", "The bank is already working on this payment.")
	case Authorized, Captured:
		return fault.New(fault.Conflict, "payment_already_paid", "This payment is already paid.")
	case Declined, Failed, Canceled, Voided:
	}
	return fault.New(fault.Conflict, "payment_final", "This payment is %s and cannot change any more.", p.Status)
}

// CanceledBy is the party that canceled.
type CanceledBy string

// The parties that may cancel.
const (
	ByCustomer CanceledBy = reason.CustomerCanceled
	ByMerchant CanceledBy = reason.MerchantCanceled
)

// Cancel stops a payment that waits for the customer, here or at the bank. It
// is refused while the bank decides: the answer may already be on its way.
func (p Payment) Cancel(now time.Time, by CanceledBy) (Payment, error) {
	return p.cancel(now, by, "canceled")
}

// CancelOnPurpose is a cancel by a simulated customer.
func (p Payment) CancelOnPurpose(now time.Time) (Payment, error) {
	return p.cancel(now, ByCustomer, ruleOfAct(sim.Cancel))
}

func (p Payment) cancel(now time.Time, by CanceledBy, rule string) (Payment, error) {
	if p.Status != ActionRequired {
		if err := p.open(now); err != nil {
			return p, err
		}
	}
	why := reason.Because(string(by), rule)
	if p.Status == ActionRequired {
		p.decide(now, AttemptStopped, &why)
	}
	p.Reason = &why
	return p.enter(Canceled, now, time.Time{}), nil
}

// Expire does what time alone does: it abandons a payment whose customer never
// finished, fails one whose bank never answered, and releases an authorization
// that ran out. It reports false where
// nothing is due, so that a sweep that lost a race changes nothing.
func (p Payment) Expire(now time.Time) (Payment, bool) {
	if p.DueAt.IsZero() || now.Before(p.DueAt) {
		return p, false
	}
	switch p.Status {
	case Created:
		rule := "not paid by " + p.ExpiresAt.Format(time.RFC3339)
		if p.did(sim.WalkAway) {
			rule = ruleOfAct(sim.WalkAway) + "; " + rule
		}
		why := reason.Because(reason.CustomerWalkedAway, rule)
		p.Reason = &why
		return p.enter(Abandoned, now, time.Time{}), true
	case Processing, ActionRequired:
		rule := "no answer by " + p.DueAt.Format(time.RFC3339)
		if a := p.Last(); a.silenced() {
			rule = a.Simulate.Rule() + "; " + rule
		}
		why := reason.Because(reason.BankTimeout, rule)
		p.decide(now, AttemptTimedOut, &why)
		p.Reason = &why
		return p.enter(Failed, now, time.Time{}), true
	case Authorized, Captured, Declined, Failed, Canceled, Voided, Abandoned:
		return p.expireOperations(now)
	}
	return p, false
}

// RunOut is a payment that waits for its customer whose time is up now, on purpose; false for any other.
func (p Payment) RunOut(now time.Time) (Payment, bool) {
	if p.Status != Created {
		return p, false
	}
	p.ExpiresAt, p.DueAt = now, now
	return p.Expire(now)
}

// Outcome is how a bank answered.
type Outcome string

// The outcomes.
const (
	OutcomeApproved  Outcome = "approved"
	OutcomeDeclined  Outcome = "declined"
	OutcomeError     Outcome = "error"
	OutcomeChallenge Outcome = "challenge"
)

// Outcomes lists them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeApproved, OutcomeDeclined, OutcomeError, OutcomeChallenge}
}

// Result is a bank's answer to one attempt, or to an operation that followed.
type Result struct {
	Bank, RequestID   string
	Attempt           int
	Amount            money.Amount
	Outcome           Outcome
	Reason            *reason.Reason
	ChallengeURL      string
	AuthorizationCode string
	BankReference     string
	DecidedAt         time.Time // by the bank's clock
	Rule              string
	Source            reason.Source // "" where the bank does not say
}

// Verdict is what became of a bank's answer.
type Verdict string

// The verdicts. Only VerdictApplied changes the payment; the others are recorded and
// shown.
const (
	VerdictApplied   Verdict = "applied"
	VerdictDuplicate Verdict = "duplicate" // the attempt was already decided the same way
	VerdictLate      Verdict = "late"      // the attempt was already decided, or given up
	VerdictMismatch  Verdict = "mismatch"  // wrong bank, amount, currency, attempt or request
)

// Apply holds a bank's answer against the payment. The note says why in words.
func (p Payment) Apply(now time.Time, r Result) (next Payment, verdict Verdict, note string) {
	asked := slices.IndexFunc(p.Operations, func(o Operation) bool { return o.RequestID == r.RequestID && !p.Implied(o) })
	if asked >= 0 {
		return p.applyOperation(now, asked, r)
	}
	if note := p.contradicts(r); note != "" {
		return p, VerdictMismatch, note
	}
	a := p.Attempts[r.Attempt-1]
	current := r.Attempt == len(p.Attempts)
	waiting := current && (p.Status == Processing || p.Status == ActionRequired && r.Outcome != OutcomeChallenge)
	if !waiting {
		if a.Status == statusOf(r.Outcome) {
			return p, VerdictDuplicate, "the attempt was already " + string(a.Status)
		}
		return p, VerdictLate, "the attempt was already " + string(a.Status) + "; it stays so"
	}
	p.Attempts = slices.Clone(p.Attempts)
	last := p.Last()
	last.AuthorizationCode, last.BankReference, last.ChallengeURL = r.AuthorizationCode, r.BankReference, r.ChallengeURL
	last.BankAt = cmp.Or(r.DecidedAt, now)
	last.Rule, last.Source = r.Rule, cmp.Or(r.Source, reason.ByBank)
	p.decide(now, statusOf(r.Outcome), r.Reason)
	return p.conclude(now, r), VerdictApplied, ""
}

// conclude turns the attempt's outcome into the payment's status.
func (p Payment) conclude(now time.Time, r Result) Payment {
	switch r.Outcome {
	case OutcomeApproved:
		p.Reason = nil
		return p.approved(now)
	case OutcomeChallenge:
		// The customer's time and the bank's run together: the earlier one ends it
		// as a bank that did not answer.
		return p.enter(ActionRequired, now, p.DueAt)
	case OutcomeError:
		p.Reason = r.Reason
		return p.enter(Failed, now, time.Time{})
	case OutcomeDeclined:
	}
	p.Reason = r.Reason
	if p.AttemptsLeft() > 0 && now.Before(p.ExpiresAt) {
		return p.enter(Created, now, p.ExpiresAt)
	}
	return p.enter(Declined, now, time.Time{})
}

// approved reserves the money, or takes it at once where the merchant did not
// ask to capture by itself: that capture is an operation like any other.
func (p Payment) approved(now time.Time) Payment {
	if p.CaptureMode == CaptureManual {
		p.AuthorizedUntil = now.Add(AuthorizationLife)
		return p.enter(Authorized, now, p.AuthorizedUntil)
	}
	a := p.Last()
	p.Operations = append(slices.Clone(p.Operations), Operation{
		ID: OpCapture.Prefix() + strings.TrimPrefix(a.RequestID, "req"), Kind: OpCapture, Status: OpSucceeded, Amount: p.Amount, Final: true,
		RequestID: a.RequestID, CreatedAt: a.StartedAt, Deadline: a.Deadline, DecidedAt: now, BankAt: a.BankAt, BankReference: a.BankReference,
	})
	return p.enter(Captured, now, time.Time{})
}

// contradicts names the first difference between an answer and its request, ""
// where there is none.
func (p *Payment) contradicts(r Result) string {
	if r.Attempt < 1 || r.Attempt > len(p.Attempts) {
		return "the payment has no such attempt"
	}
	a := p.Attempts[r.Attempt-1]
	switch {
	case r.RequestID != a.RequestID:
		return "it answers another request than the attempt's"
	case r.Bank != a.Bank:
		return "it comes from another bank than was asked"
	case r.Amount.Currency() != p.Amount.Currency():
		return "its currency is not the payment's"
	case !r.Amount.Equal(p.Amount):
		return "its amount is not the payment's"
	case statusOf(r.Outcome) == "":
		return "its outcome is not known"
	}
	return ""
}

func statusOf(o Outcome) AttemptStatus {
	switch o {
	case OutcomeApproved:
		return AttemptApproved
	case OutcomeDeclined:
		return AttemptDeclined
	case OutcomeError:
		return AttemptErrored
	case OutcomeChallenge:
		return AttemptChallenged
	}
	return ""
}

func (p *Payment) decide(now time.Time, s AttemptStatus, why *reason.Reason) {
	p.Attempts = slices.Clone(p.Attempts)
	a := p.Last()
	a.Status, a.Reason = s, why
	if s != AttemptChallenged {
		a.DecidedAt = now
	}
}

func (p Payment) enter(s Status, now, due time.Time) Payment {
	p.Status, p.UpdatedAt, p.DueAt = s, now, due
	p.Version++
	return p
}

// Reverse notes that the attempt's request is being undone at the bank by the
// message with this id. It reports false where that was asked before.
func (p Payment) Reverse(attempt int, id string) (Payment, bool) {
	if attempt < 1 || attempt > len(p.Attempts) || p.Attempts[attempt-1].ReversalID != "" {
		return p, false
	}
	p.Attempts = slices.Clone(p.Attempts)
	p.Attempts[attempt-1].ReversalID = id
	p.Version++
	return p, true
}
