package book

import (
	"time"

	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// Kind is what a record is about.
type Kind string

// The kinds.
const (
	Decided   Kind = "decided"   // a request, and what came of it
	Answered  Kind = "answered"  // a challenge, by the customer
	Tried     Kind = "tried"     // a wrong code on the bank's page
	Confirmed Kind = "confirmed" // messages that the broker has
	Opened    Kind = "opened"    // a dispute
	Closed    Kind = "closed"    // a dispute
	Released  Kind = "released"  // what was left of an authorization that ran out
	CutOff    Kind = "cut_off"   // the batches of a settlement
)

// Record is one thing that a bank decided or learned: a line of its journal.
type Record struct {
	Kind     Kind              `json:"kind"`
	Bank     string            `json:"bank"`
	At       time.Time         `json:"at"`
	Request  *wire.Request     `json:"request,omitempty"`
	Outcome  payment.Outcome   `json:"outcome,omitempty"` // "" for no answer
	Reason   *reason.Reason    `json:"reason,omitempty"`
	Rule     string            `json:"rule,omitempty"`
	Source   reason.Source     `json:"source,omitempty"`
	Said     *money.Amount     `json:"said,omitempty"`     // in the answer, where it is not what was asked
	Plan     Plan              `json:"plan,omitempty"`     // of an approval
	Result   *wire.Result      `json:"result,omitempty"`   // of a challenge's answer
	Dispute  *wire.Dispute     `json:"dispute,omitempty"`  // opened or closed
	Answers  []string          `json:"answers,omitempty"`  // confirmed: the requests
	Messages []string          `json:"messages,omitempty"` // confirmed: what the bank said of its own accord
	Released string            `json:"released,omitempty"` // the authorization
	Daily    bool              `json:"daily,omitempty"`    // a cut-off that was not asked for
	Batches  []wire.Settlement `json:"batches,omitempty"`
	Withheld []string          `json:"withheld,omitempty"` // what the batches should have listed
	Plants   []wire.Plant      `json:"plants,omitempty"`   // that found no line, and stay for the next
}

// Plan is how a dispute over an approved payment will end.
type Plan string

// The plans.
const (
	NoDispute Plan = ""
	LosesPlan Plan = "lost" // unless the evidence is [WinningEvidence]
	WinsPlan  Plan = "won"  // whatever the evidence
)

// WinningEvidence is the text in an evidence that wins a dispute.
const WinningEvidence = "winning_evidence"

// Answer is what a bank decided about a request, and says again when the request
// comes again.
type Answer struct {
	Request string
	Payment string
	Attempt int
	Kind    wire.RequestType
	Outcome payment.Outcome // "" for none
	Amount  money.Amount    // as said
	Reason  *reason.Reason
	Rule    string
	Source  reason.Source
	At      time.Time
	Sent    bool
}

// Answer finds what was decided about a request.
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
// begins again where it was killed.
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

// outbox is what a bank says of its own accord until the broker has it.
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

// ToSay lists what the bank has to say and the broker has not confirmed, oldest
// first.
func (b *Book) ToSay() []any {
	var list []any
	for _, id := range b.said.order {
		if m, ok := b.said.messages[id]; ok {
			list = append(list, m)
		}
	}
	return list
}
