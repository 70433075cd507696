// Package audit is the record of who did what, from where, and whether it was
// let through. It owns the records, their chain and how a request carries what
// it is about to do; package trail writes them, and the use cases commit theirs
// together with what they change.
//
//	gate, page ── Act in the context ──▶ use case ──▶ record in the same commit
//	     └── refused, or nothing to commit with ──▶ trail ──▶ record of its own
package audit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind says what sort of actor it is.
type Kind string

// The kinds of actors.
const (
	Client   Kind = "client"   // a program, by its token
	Person   Kind = "person"   // somebody who signed in
	Customer Kind = "customer" // whoever has a checkout's link
	Local    Kind = "local"    // whoever reaches a dashboard without login
	Bank     Kind = "bank"     // over AMQP
	System   Kind = "system"   // the processor itself
	Nobody   Kind = "nobody"   // showed nothing, or nothing that holds
)

// Kinds lists the kinds, for a choice.
func Kinds() []Kind { return []Kind{Client, Person, Customer, Local, Bank, System, Nobody} }

// Actor is who did it. ID is empty where the kind says it all.
type Actor struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id,omitempty"`
}

// Action is what was done: a stable dotted name.
type Action string

// The actions.
const (
	PaymentCreate   Action = "payment.create"
	PaymentPay      Action = "payment.pay" // a customer's submit
	PaymentCancel   Action = "payment.cancel"
	PaymentCapture  Action = "payment.capture"
	PaymentVoid     Action = "payment.void"
	PaymentRefund   Action = "payment.refund"
	DisputeRespond  Action = "dispute.respond"
	PayoutCreate    Action = "payout.create"
	BreakWriteOff   Action = "break.write_off"
	BreakClaim      Action = "break.claim"
	PaymentSimulate Action = "payment.simulate" // what happens on purpose to a payment
	SimulatorSteer  Action = "simulator.steer"  // a command to a bank
	EndpointCreate  Action = "webhook_endpoint.create"
	EndpointUpdate  Action = "webhook_endpoint.update"
	EndpointDelete  Action = "webhook_endpoint.delete"
	EndpointRotate  Action = "webhook_endpoint.rotate_secret"
	EndpointResend  Action = "webhook_endpoint.resend_failed"
	DeliveryResend  Action = "webhook_delivery.resend"
	DeliveryEdit    Action = "webhook_delivery.send_edited"
	LetterReplay    Action = "letter.replay"
	LetterDiscard   Action = "letter.discard"
	TokenIssue      Action = "token.issue"
	TokenRevoke     Action = "token.revoke"
	SignIn          Action = "sign_in"
	SignOut         Action = "sign_out"
	// Read is asking for something. Only those that were refused are recorded.
	Read Action = "read"
	// ProcessorStart and ProcessorStop frame what one processor recorded.
	ProcessorStart Action = "processor.start"
	ProcessorStop  Action = "processor.stop"
	// Lost says that so many records could not be kept: the store was away for
	// longer than there was room to wait.
	Lost Action = "audit.lost"
)

// Actions lists the actions, those on one thing together.
func Actions() []Action {
	return []Action{
		PaymentCreate, PaymentPay, PaymentCancel, PaymentCapture, PaymentVoid, PaymentRefund, DisputeRespond, PayoutCreate, BreakWriteOff, BreakClaim,
		PaymentSimulate, SimulatorSteer, EndpointCreate, EndpointUpdate, EndpointDelete, EndpointRotate, EndpointResend,
		DeliveryResend, DeliveryEdit, LetterReplay, LetterDiscard, TokenIssue, TokenRevoke, SignIn, SignOut, Read, ProcessorStart, ProcessorStop, Lost,
	}
}

// Outcome is what became of it.
type Outcome string

// The outcomes.
const (
	Allowed Outcome = "allowed"
	Refused Outcome = "refused" // by a rule; the code says which
	Failed  Outcome = "failed"  // by a fault; it may or may not have been done
)

// Outcomes lists the outcomes, for a choice.
func Outcomes() []Outcome { return []Outcome{Allowed, Refused, Failed} }

// Record is one line of the log. Its JSON is what the chain hashes: fields are
// only ever added at the end, with omitempty.
type Record struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Actor    Actor     `json:"actor"`
	Role     string    `json:"role,omitempty"`
	Merchant string    `json:"merchant,omitempty"` // whose things it is about
	Action   Action    `json:"action"`
	Object   string    `json:"object,omitempty"` // the id of what it was done to
	Outcome  Outcome   `json:"outcome"`
	Code     string    `json:"code,omitempty"`    // the problem's, unless allowed
	Address  string    `json:"address,omitempty"` // where it came from, past trusted proxies
	Request  string    `json:"request_id,omitempty"`
	// Count is how many alike this one stands for, where it is a summary.
	Count int `json:"count,omitempty"`
}

// maxText bounds each text of a record, in bytes.
const maxText = 200

// Clean makes a record fit to be kept and hashed: instants as stores keep them,
// texts valid, short and without control characters, whoever sent them.
func (r Record) Clean() Record {
	r.At = r.At.UTC().Truncate(time.Microsecond)
	for _, text := range []*string{&r.Actor.ID, &r.Role, &r.Merchant, &r.Object, &r.Code, &r.Address, &r.Request} {
		*text = clean(*text)
	}
	return r
}

func clean(text string) string {
	plain := true
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			plain = false
			break
		}
	}
	if plain && len(text) <= maxText {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
	for len(text) > maxText {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Filter narrows a list of records, newest first. Zero fields narrow nothing.
type Filter struct {
	Kind     Kind
	Actor    string
	Merchant string
	Action   Action // or, ending in a dot, all that begin with it
	Object   string
	Outcome  Outcome
	From, To time.Time // of [From, To)
	Before   string    // record id
	Limit    int
}
