package book

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// Kind is the kind of a record.
type Kind string

// The kinds.
const (
	Decided   Kind = "decided"   // a request was decided
	Answered  Kind = "answered"  // the customer answered a challenge
	Tried     Kind = "tried"     // a wrong code was entered on the bank's page
	Confirmed Kind = "confirmed" // the broker confirmed messages
	Opened    Kind = "opened"    // a dispute opened
	Closed    Kind = "closed"    // a dispute ended
	Released  Kind = "released"  // the rest of an authorization that ran out was released
	CutOff    Kind = "cut_off"   // the batches of a settlement were made
)

// Record is one decision or observation of a bank: a line of its journal.
type Record struct {
	Kind     Kind              `json:"kind"`
	Bank     string            `json:"bank"`
	At       time.Time         `json:"at"`
	Request  *wire.Request     `json:"request,omitempty"`
	Outcome  payment.Outcome   `json:"outcome,omitempty"` // "" for no answer
	Reason   *reason.Reason    `json:"reason,omitempty"`
	Rule     string            `json:"rule,omitempty"`
	Source   reason.Source     `json:"source,omitempty"`
	Said     *money.Amount     `json:"said,omitempty"`     // the amount in the answer, if it is not the requested one
	Plan     Plan              `json:"plan,omitempty"`     // of an approval
	Result   *wire.Result      `json:"result,omitempty"`   // of an answered challenge
	Dispute  *wire.Dispute     `json:"dispute,omitempty"`  // that opened or closed
	Answers  []string          `json:"answers,omitempty"`  // of Confirmed: the requests whose answers are confirmed
	Messages []string          `json:"messages,omitempty"` // of Confirmed: the other messages of the bank
	Released string            `json:"released,omitempty"` // id of the authorization
	Daily    bool              `json:"daily,omitempty"`    // the cut-off came at its time, without a command
	Batches  []wire.Settlement `json:"batches,omitempty"`
	Withheld []string          `json:"withheld,omitempty"` // references that the batches should have listed
	Plants   []wire.Plant      `json:"plants,omitempty"`   // requests that fitted no line, and wait for the next batch
}

// Plan is the planned outcome of a dispute over an approved payment.
type Plan string

// The plans.
const (
	PlanNoDispute Plan = ""
	PlanLoses     Plan = "lost"   // unless the evidence contains [WinningEvidence]
	PlanWins      Plan = "won"    // with any evidence
	PlanSilent    Plan = "silent" // never decided, unless a command does
)

// WinningEvidence is a text that wins a dispute if the evidence contains it.
const WinningEvidence = "winning_evidence"

// Answer is a bank's decision about a request. The bank repeats it when the
// request comes again.
type Answer struct {
	Request string
	Payment string
	Attempt int
	Kind    wire.RequestType
	Outcome payment.Outcome // "" for no answer
	Amount  money.Amount    // the amount in the answer
	Reason  *reason.Reason
	Rule    string
	Source  reason.Source
	At      time.Time
	Sent    bool
}

// Answer returns the decision about a request.
func (b *Book) Answer(request string) (Answer, bool) {
	if a := b.auths[request]; a != nil {
		return a.Answer, true
	}
	if o := b.ops[request]; o != nil {
		return o.Answer, true
	}
	return Answer{}, false
}

// Unsent lists the answers that the broker has not confirmed, for a bank that
// continues after a kill.
func (b *Book) Unsent() []Answer {
	var list []Answer
	for _, a := range b.unsent {
		list = append(list, *a)
	}
	return list
}

func answerOf(r Record) Answer {
	q := r.Request
	a := Answer{
		Request: q.ID, Payment: q.Payment, Attempt: q.Attempt, Kind: q.Type, Outcome: r.Outcome, Amount: q.Amount,
		Reason: r.Reason, Rule: r.Rule, Source: r.Source, At: r.At, Sent: r.Outcome == "",
	}
	if r.Said != nil {
		a.Amount = *r.Said
	}
	return a
}

// outbox holds the messages that a bank sends without being asked, until the
// broker has confirmed them.
type outbox struct {
	messages map[string]any // wire.Result, wire.Dispute, wire.Settlement, by message id
	order    []string
}

func newOutbox() outbox { return outbox{messages: map[string]any{}} }

func (o *outbox) add(id string, message any) {
	if _, again := o.messages[id]; !again {
		o.order = append(o.order, id)
	}
	o.messages[id] = message
}

func (o *outbox) remove(id string) {
	delete(o.messages, id)
	for len(o.order) > 0 {
		if _, waits := o.messages[o.order[0]]; waits {
			return
		}
		o.order = o.order[1:]
	}
}

// ToSay lists the messages that the broker has not confirmed, oldest first.
func (b *Book) ToSay() []any {
	var list []any
	for _, id := range b.said.order {
		if m, ok := b.said.messages[id]; ok {
			list = append(list, m)
		}
	}
	return list
}
