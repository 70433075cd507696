// Package sim is what is simulated on purpose for one payment, as one model:
// what the customer does, what the bank does, when, how the result travels, and
// how each channel delivers what the merchant is told.
//
//	Wish ──Check──▶ Plan ──▶ kept with the payment
//	                  ├─ Customer ─▶ acts, due moments of the payment
//	                  ├─ Bank, Travel ─▶ Order ─▶ the request to the bank
//	                  └─ Channels ─▶ Courses ─▶ the event, on its way to each channel
//
// It holds words and rules only: package payment keeps what is done and what
// waits, package bank obeys orders, and package webhook delivers by courses.
package sim

import (
	"slices"

	"sandbank/payment/instrument"
)

// Bounds of a plan.
const (
	MaxActs  = 10
	MaxTimes = 100
)

// Plan is what is simulated on purpose for one payment. Its zero value is
// nothing.
type Plan struct {
	Customer []Act                `json:"customer,omitempty"` // one after the other
	Bank     *Bank                `json:"bank,omitempty"`
	Travel   Travel               `json:"travel,omitempty"` // of the bank's result
	Channels map[Channel]Delivery `json:"channels,omitempty"`
}

// IsZero reports whether nothing is simulated.
func (p Plan) IsZero() bool {
	return len(p.Customer) == 0 && p.Bank == nil && p.Travel == "" && len(p.Channels) == 0
}

// AsksNothing reports whether the plan asks for nothing, in any of its parts.
func (p Plan) AsksNothing() bool { return p.IsZero() || p.Bank != nil && *p.Bank == (Bank{}) }

// Over is the plan with what it does not say taken from another: part by part,
// and channel by channel.
func (p Plan) Over(below Plan) Plan {
	if len(p.Customer) == 0 {
		p.Customer = below.Customer
	}
	if p.Travel == "" {
		p.Travel = below.Travel
	}
	switch {
	case p.Bank == nil:
		p.Bank = below.Bank
	case below.Bank != nil:
		merged := p.Bank.over(*below.Bank)
		p.Bank = &merged
	}
	if len(below.Channels) > 0 {
		all := map[Channel]Delivery{}
		for _, list := range []map[Channel]Delivery{below.Channels, p.Channels} {
			for c, d := range list {
				all[c] = d
			}
		}
		p.Channels = all
	}
	return p
}

// HoldsAnswer reports whether the answer to the payment's creation waits until
// the merchant has been told of the result.
func (p Plan) HoldsAnswer() bool {
	return p.Travel == BeforeAccepted || slices.Contains(p.Channels[Webhook].How, BeforeAnswer)
}

// Action is what a customer does.
type Action string

// The actions.
const (
	Pay          Action = "pay"            // pays; waits for its turn while the bank has the payment
	Retry        Action = "retry"          // pays again after a decline, with another card if one is given
	SubmitTwice  Action = "submit_twice"   // sends the same form twice at once
	Cancel       Action = "cancel"         // says stop
	WalkAway     Action = "walk_away"      // never finishes
	ComeBackLate Action = "come_back_late" // pays after the payment has expired
)

// Actions lists the actions.
func Actions() []Action { return []Action{Pay, Retry, SubmitTwice, Cancel, WalkAway, ComeBackLate} }

// Pays reports whether the action hands in a card or an account.
func (a Action) Pays() bool { return a == Pay || a == Retry || a == SubmitTwice || a == ComeBackLate }

// Act is one thing that the customer does. Of the card or account, only what a
// payment may keep is here.
type Act struct {
	Action Action `json:"action"`
	// After is how long after the act before it, or after the moment at which the
	// payment last came back to the customer, whichever is later.
	After When                   `json:"after,omitempty"`
	With  *instrument.Instrument `json:"with,omitempty"`
	Bank  string                 `json:"bank,omitempty"` // BIC that the customer picks
}

// Says is the act in words.
func (a Act) Says() string {
	words := map[Action]string{
		Pay: "pays", Retry: "pays again", SubmitTwice: "submits twice", Cancel: "cancels", WalkAway: "walks away", ComeBackLate: "comes back late",
	}[a.Action]
	if a.With != nil {
		words += " with " + a.With.Label()
	}
	if a.Bank != "" {
		words += " at " + a.Bank
	}
	return words
}

// Outcome is what a bank makes of a request.
type Outcome string

// The outcomes.
const (
	Approved    Outcome = "approved"
	Declined    Outcome = "declined"
	Failed      Outcome = "error"        // a technical fault at the bank
	Challenge   Outcome = "challenge"    // the bank asks the customer to confirm; of an authorization
	Silent      Outcome = "silent"       // the bank never answers
	WrongAmount Outcome = "wrong_amount" // approved, for another amount than was asked
)

// Outcomes lists the outcomes of a part.
func Outcomes(of Part) []Outcome {
	if of == Authorize {
		return []Outcome{Approved, Declined, Failed, Challenge, Silent, WrongAmount}
	}
	return []Outcome{Approved, Declined, Failed, Silent, WrongAmount}
}

// Part is a kind of request that a bank answers.
type Part string

// The parts.
const (
	Authorize Part = "authorize"
	Capture   Part = "capture"
	Refund    Part = "refund"
)

// Parts lists the parts.
func Parts() []Part { return []Part{Authorize, Capture, Refund} }

// Bank is what the bank does. The answer that it begins with is that to the
// authorization.
type Bank struct {
	Answer
	Capture *FollowUp `json:"capture,omitempty"` // of captures that are asked for by themselves
	Refund  *FollowUp `json:"refund,omitempty"`
	Dispute *Dispute  `json:"dispute,omitempty"` // once money was captured
}

// Of is the answer to a part; false where none is planned.
func (b *Bank) Of(part Part) (FollowUp, bool) {
	var a *FollowUp
	switch {
	case b == nil:
	case part == Authorize:
		a = &FollowUp{Answer: b.Answer}
	case part == Capture:
		a = b.Capture
	case part == Refund:
		a = b.Refund
	}
	if a == nil || *a == (FollowUp{}) {
		return FollowUp{}, false
	}
	return *a, true
}

// FollowUp is what a bank says to a request after the authorization, and how the
// result comes.
type FollowUp struct {
	Answer
	Travel Travel `json:"travel,omitempty"` // of an authorization [Plan.Travel] says it
}

func (b Bank) over(below Bank) Bank {
	if b.Answer == (Answer{}) {
		b.Answer = below.Answer
	}
	if b.Capture == nil {
		b.Capture = below.Capture
	}
	if b.Refund == nil {
		b.Refund = below.Refund
	}
	if b.Dispute == nil {
		b.Dispute = below.Dispute
	}
	return b
}

// Answer is what a bank says to one kind of request, and when.
type Answer struct {
	Outcome Outcome `json:"outcome,omitempty"` // "" as the bank would
	Reason  string  `json:"reason,omitempty"`  // code of package reason; of a decline or an error
	After   When    `json:"after,omitempty"`   // from the request; "" as the bank would
	Times   int     `json:"times,omitempty"`   // how many requests it holds for; 0 for all
	// Challenge is how the customer ends a challenge; with nil, the person at the
	// bank's page decides.
	Challenge *Ending `json:"challenge,omitempty"`
}

// Ending is how a customer ends a challenge on the bank's page.
type Ending struct {
	Ends  End  `json:"ends"`
	After When `json:"after,omitempty"` // from the bank's question
}

// End is what the customer does on the bank's page.
type End string

// The ends.
const (
	EndApprove  End = "approve"
	EndDecline  End = "decline"
	EndCancel   End = "cancel"    // the bank declines: the customer canceled
	EndWalkAway End = "walk_away" // the bank's deadline ends it
)

// Ends lists the ends.
func Ends() []End { return []End{EndApprove, EndDecline, EndCancel, EndWalkAway} }

// Dispute is a claim that the customer will make through the bank.
type Dispute struct {
	Outcome DisputeOutcome `json:"outcome,omitempty"` // "" is lost
	Reason  string         `json:"reason,omitempty"`  // such as fraudulent
	After   When           `json:"after,omitempty"`   // from the capture, or from now; "" as the bank would
	// EndsAfter is when the bank decides, from the opening; "" when the evidence was
	// read, or no evidence came in time.
	EndsAfter When   `json:"ends_after,omitempty"`
	Travel    Travel `json:"travel,omitempty"` // of the opening and of the end; "" is once
}

// Says is the rule of a dispute's opening, or of its end.
func (d Dispute) Says() string {
	if d.Outcome == "" {
		return "simulate.bank.dispute asks for it"
	}
	return "simulate.bank.dispute asks for one that is " + string(d.Outcome)
}

// DisputeOutcome is how a dispute ends for the merchant.
type DisputeOutcome string

// The outcomes.
const (
	DisputeLost   DisputeOutcome = "lost" // unless the evidence wins it
	DisputeWon    DisputeOutcome = "won"
	DisputeSilent DisputeOutcome = "silent" // opened, and never decided
)

// DisputeOutcomes lists them.
func DisputeOutcomes() []DisputeOutcome {
	return []DisputeOutcome{DisputeLost, DisputeWon, DisputeSilent}
}

// Travel is how a bank's result comes to the processor.
type Travel string

// The ways to travel.
const (
	Once  Travel = "once"
	Twice Travel = "twice" // as two messages
	// OutOfOrder comes behind what was said later: the end of a challenge before
	// its question, the end of a dispute before its opening, any other answer
	// behind the bank's next ones.
	OutOfOrder Travel = "out_of_order"
	// BeforeAccepted holds the answer to the merchant's request, for a payment, a
	// capture or a refund, until the result has come and the merchant has been told.
	BeforeAccepted Travel = "before_accepted"
	// AfterExpiry comes when the time to pay is over.
	AfterExpiry Travel = "after_expiry"
	// OlderAttempt has an approval of the attempt before come first. The first
	// attempt has none before it; its result comes once.
	OlderAttempt Travel = "from_older_attempt"
)

// Travels lists the ways of the result of a part.
func Travels(of Part) []Travel {
	if of == Authorize {
		return []Travel{Once, Twice, OutOfOrder, BeforeAccepted, AfterExpiry, OlderAttempt}
	}
	return []Travel{Once, Twice, OutOfOrder, BeforeAccepted}
}

// DisputeTravels lists the ways of the messages about a dispute.
func DisputeTravels() []Travel { return []Travel{Once, Twice, OutOfOrder} }
