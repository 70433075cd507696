package payment

import (
	"slices"
	"time"

	"sandbank/fault"
	"sandbank/money"
)

// DisputeStatus is where a dispute stands.
//
//	bank opens ──▶ needs_response ──evidence──▶ under_review ──▶ won
//	                     │                           └─────────▶ lost
//	                     └── no evidence in time ──▶ lost
type DisputeStatus string

// The dispute statuses.
const (
	// DisputeNeedsResponse has the money held and waits for the merchant's evidence.
	DisputeNeedsResponse DisputeStatus = "needs_response"
	// DisputeUnderReview has the evidence with the bank.
	DisputeUnderReview DisputeStatus = "under_review"
	// DisputeWon gave the money back to the merchant. Final.
	DisputeWon DisputeStatus = "won"
	// DisputeLost gave it to the customer; the bank deducts it. Final.
	DisputeLost DisputeStatus = "lost"
)

// Final reports whether the bank has decided.
func (s DisputeStatus) Final() bool { return s == DisputeWon || s == DisputeLost }

// Dispute is a chargeback: the customer wants captured money back through the
// bank.
type Dispute struct {
	ID          string        `json:"id"`           // dp_ + UUIDv7
	BankDispute string        `json:"bank_dispute"` // as the bank calls it
	Status      DisputeStatus `json:"status"`
	Amount      money.Amount  `json:"amount"`
	Fee         money.Amount  `json:"fee"` // the merchant's fee, however the dispute ends
	Reason      string        `json:"reason"`
	Rule        string        `json:"rule,omitempty"`
	OpenedAt    time.Time     `json:"opened_at"`
	RespondBy   time.Time     `json:"respond_by"`
	Evidence    string        `json:"evidence,omitempty"`
	EvidenceAt  time.Time     `json:"evidence_at"`
	EvidenceID  string        `json:"evidence_id,omitempty"` // message id of the request that carried it
	DecidedAt   time.Time     `json:"decided_at"`
	BankAt      time.Time     `json:"bank_at"` // when the bank says it opened or decided it
}

// disputed is how much is held or was lost to disputes.
func (p *Payment) disputed() money.Amount {
	total := money.Zero(p.Amount.Currency())
	for _, d := range p.Disputes {
		if d.Status != DisputeWon {
			total = total.Add(d.Amount)
		}
	}
	return total
}

// ChargedBack is how much was lost to disputes.
func (p *Payment) ChargedBack() money.Amount {
	total := money.Zero(p.Amount.Currency())
	for _, d := range p.Disputes {
		if d.Status == DisputeLost {
			total = total.Add(d.Amount)
		}
	}
	return total
}

// Dispute finds a dispute by its id.
func (p *Payment) Dispute(id string) (Dispute, bool) {
	i := slices.IndexFunc(p.Disputes, func(d Dispute) bool { return d.ID == id })
	if i < 0 {
		return Dispute{}, false
	}
	return p.Disputes[i], true
}

// Claim is a bank's message about a dispute.
type Claim struct {
	ID        string // of the dispute, where it is a new one
	Bank      string
	Dispute   string // as the bank calls it
	Attempt   int
	Status    DisputeStatus // needs_response for a new one, else won or lost
	Amount    money.Amount
	Fee       money.Amount
	Reason    string
	Rule      string
	RespondBy time.Time
	DecidedAt time.Time
}

// Claim applies a bank's message about a dispute to the payment.
func (p Payment) Claim(now time.Time, c Claim) (next Payment, verdict Verdict, note string) {
	a := p.Approved()
	if a == nil || a.Number != c.Attempt || a.Bank != c.Bank {
		return p, VerdictMismatch, "the payment has no approved attempt of that number at that bank"
	}
	i := slices.IndexFunc(p.Disputes, func(d Dispute) bool { return d.BankDispute == c.Dispute })
	if i < 0 {
		return p.openDispute(now, c)
	}
	d := p.Disputes[i]
	switch {
	case !d.Amount.Equal(c.Amount):
		return p, VerdictMismatch, "its amount is not the dispute's"
	case d.Status == c.Status || !d.Status.Final() && c.Status == DisputeNeedsResponse:
		return p, VerdictDuplicate, "the dispute is already " + string(d.Status)
	case d.Status.Final():
		return p, VerdictLate, "the dispute was already " + string(d.Status) + "; it stays so"
	}
	d.Status, d.DecidedAt, d.BankAt, d.Rule = c.Status, now, c.DecidedAt, c.Rule
	p.Disputes = slices.Clone(p.Disputes)
	p.Disputes[i] = d
	return p.touch(now), VerdictApplied, ""
}

// Early reports whether a mismatch may resolve once another processor has
// committed: the message before c, from the same bank, may be there.
func (p Payment) Early(c Claim) bool {
	a := p.Approved()
	if a == nil {
		a = p.Last()
		return a != nil && a.Number == c.Attempt && a.Bank == c.Bank && (a.Status == AttemptSent || a.Status == AttemptChallenged)
	}
	opening := c.Status.Final() && !slices.ContainsFunc(p.Disputes, func(d Dispute) bool { return d.BankDispute == c.Dispute })
	capture := slices.ContainsFunc(p.Operations, func(o Operation) bool { return o.Kind == OpCapture && o.Status == OpPending })
	return a.Number == c.Attempt && a.Bank == c.Bank && (opening || capture)
}

func (p Payment) openDispute(now time.Time, c Claim) (Payment, Verdict, string) {
	// A refund under way does not stand in the way: the bank has it yet to decide,
	// and refuses it, or it would not dispute that much.
	left := p.Captured().Sub(p.Refunded()).Sub(p.disputed())
	switch {
	case c.Status != DisputeNeedsResponse:
		return p, VerdictMismatch, "the payment has no such dispute"
	case c.Amount.Currency() != p.Amount.Currency():
		return p, VerdictMismatch, "its currency is not the payment's"
	case !c.Amount.IsPositive() || c.Amount.Decimal().GreaterThan(left.Decimal()):
		return p, VerdictMismatch, "there is no more than " + left.String() + " left to dispute"
	}
	p.Disputes = append(slices.Clone(p.Disputes), Dispute{
		ID: c.ID, BankDispute: c.Dispute, Status: DisputeNeedsResponse, Amount: c.Amount, Fee: c.Fee, Reason: c.Reason, Rule: c.Rule,
		OpenedAt: now, RespondBy: c.RespondBy, BankAt: c.DecidedAt,
	})
	return p.touch(now), VerdictApplied, ""
}

// Respond hands in the merchant's evidence, once; the message with this id
// carries it to the bank. It is refused with [fault.Conflict] where the dispute
// does not wait for any.
func (p Payment) Respond(now time.Time, dispute, evidence, message string) (Payment, error) {
	i := slices.IndexFunc(p.Disputes, func(d Dispute) bool { return d.ID == dispute })
	if i < 0 {
		return p, fault.New(fault.NotFound, "dispute_not_found", "There is no dispute %q.", dispute)
	}
	d := p.Disputes[i]
	switch {
	case d.Status != DisputeNeedsResponse:
		return p, fault.New(fault.Conflict, "dispute_closed", "The dispute is %s and takes no evidence any more.", d.Status)
	case !now.Before(d.RespondBy):
		return p, fault.New(fault.Conflict, "dispute_closed", "The time for evidence ended at %s.", d.RespondBy.Format(time.RFC3339))
	}
	d.Status, d.Evidence, d.EvidenceAt, d.EvidenceID = DisputeUnderReview, evidence, now, message
	p.Disputes = slices.Clone(p.Disputes)
	p.Disputes[i] = d
	return p.touch(now), nil
}
