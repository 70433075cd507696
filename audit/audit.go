// Package audit records who did what, from where, and whether it was allowed. It
// owns the records, their chain, and the act by which a request carries its
// action along. Package trail writes records; the use cases commit theirs
// together with the change.
//
//	gate, page ── Act in the context ──▶ use case ──▶ record in the same commit
//	     └── refused, or without a commit ──▶ trail ──▶ record of its own
package audit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of an actor.
type Kind string

// The kinds of actors.
const (
	Client   Kind = "client"   // a program, by its token
	Person   Kind = "person"   // somebody who signed in
	Customer Kind = "customer" // anybody with a checkout's link
	Local    Kind = "local"    // anybody who reaches a dashboard without login
	Bank     Kind = "bank"     // over AMQP
	System   Kind = "system"   // the processor itself
	Nobody   Kind = "nobody"   // no credentials, or invalid ones
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Client, Person, Customer, Local, Bank, System, Nobody} }

// Actor is the doer of an action. ID is empty if the kind says everything.
type Actor struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id,omitempty"`
}

// Action is the kind of an action: a stable dotted name.
type Action string

// The actions.
const (
	PaymentCreate   Action = "payment.create"
	PaymentPay      Action = "payment.pay" // a customer submits the payment form
	PaymentCancel   Action = "payment.cancel"
	PaymentCapture  Action = "payment.capture"
	PaymentVoid     Action = "payment.void"
	PaymentRefund   Action = "payment.refund"
	DisputeRespond  Action = "dispute.respond"
	PayoutCreate    Action = "payout.create"
	BreakWriteOff   Action = "break.write_off"
	BreakClaim      Action = "break.claim"
	PaymentSimulate Action = "payment.simulate" // an order to let something happen to a payment
	SimulatorSteer  Action = "simulator.steer"  // a command to a bank
	SimulatorReset  Action = "simulator.reset"  // everything began anew
	FaultBegin      Action = "fault.begin"      // something goes wrong on purpose
	FaultEnd        Action = "fault.end"
	HoldBegin       Action = "hold.begin" // payments are held on their way, on purpose
	HoldEnd         Action = "hold.end"
	HoldMove        Action = "hold.move"     // something that is held was released, dropped, answered, …
	MerchantOpen    Action = "merchant.open" // a merchant was made at run time
	MerchantEnd     Action = "merchant.end"
	ScenarioRead    Action = "scenario.read" // somebody's own file
	ScenarioRun     Action = "scenario.run"
	ScenarioStop    Action = "scenario.stop"
	LessonBegin     Action = "lesson.begin"
	LessonMove      Action = "lesson.move"
	LessonEnd       Action = "lesson.end"
	ClassJoin       Action = "class.join"
	ClassEnd        Action = "class.end"
	EndpointCreate  Action = "webhook_endpoint.create"
	EndpointUpdate  Action = "webhook_endpoint.update"
	EndpointDelete  Action = "webhook_endpoint.delete"
	EndpointRotate  Action = "webhook_endpoint.rotate_secret"
	EndpointResend  Action = "webhook_endpoint.resend_failed"
	EndpointTest    Action = "webhook_endpoint.test"
	DeliveryResend  Action = "webhook_delivery.resend"
	DeliveryEdit    Action = "webhook_delivery.send_edited"
	LetterReplay    Action = "letter.replay"
	LetterDiscard   Action = "letter.discard"
	TokenIssue      Action = "token.issue"
	TokenRevoke     Action = "token.revoke"
	SignIn          Action = "sign_in"
	SignOut         Action = "sign_out"
	// Read is a read access. Only refused ones are recorded.
	Read Action = "read"
	// ProcessorStart and ProcessorStop frame the records of one run of a
	// processor.
	ProcessorStart Action = "processor.start"
	ProcessorStop  Action = "processor.stop"
	// Lost records how many records were lost because the store was away longer
	// than the memory sufficed.
	Lost Action = "audit.lost"
)

// Actions lists the actions, grouped by their object.
func Actions() []Action {
	return []Action{
		PaymentCreate, PaymentPay, PaymentCancel, PaymentCapture, PaymentVoid, PaymentRefund, DisputeRespond, PayoutCreate, BreakWriteOff, BreakClaim,
		PaymentSimulate, SimulatorSteer, SimulatorReset, FaultBegin, FaultEnd, HoldBegin, HoldEnd, HoldMove, MerchantOpen, MerchantEnd, ScenarioRead, ScenarioRun, ScenarioStop, LessonBegin, LessonMove, LessonEnd, ClassJoin, ClassEnd, EndpointCreate, EndpointUpdate, EndpointDelete, EndpointRotate, EndpointResend, EndpointTest,
		DeliveryResend, DeliveryEdit, LetterReplay, LetterDiscard, TokenIssue, TokenRevoke, SignIn, SignOut, Read, ProcessorStart, ProcessorStop, Lost,
	}
}

// Outcome is how an action ended.
type Outcome string

// The outcomes.
const (
	Allowed Outcome = "allowed"
	Refused Outcome = "refused" // by a rule, which the code names
	Failed  Outcome = "failed"  // by a fault; the action may or may not have taken effect
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome { return []Outcome{Allowed, Refused, Failed} }

// Record is one line of the log. Its JSON is what the chain hashes: fields are
// only ever added at the end, with omitempty.
type Record struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Actor    Actor     `json:"actor"`
	Role     string    `json:"role,omitempty"`
	Merchant string    `json:"merchant,omitempty"` // owner of the object
	Action   Action    `json:"action"`
	Object   string    `json:"object,omitempty"` // id of the object
	Outcome  Outcome   `json:"outcome"`
	Code     string    `json:"code,omitempty"`    // the problem's code, unless allowed
	Address  string    `json:"address,omitempty"` // of the caller, as trusted proxies report it
	Request  string    `json:"request_id,omitempty"`
	// Count is the number of actions that a summary stands for.
	Count int `json:"count,omitempty"`
}

// maxText bounds each text of a record, in bytes.
const maxText = 200

// Clean makes a record fit to be kept and hashed: it rounds instants as stores
// keep them, and makes texts valid, short and free of control characters.
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
	Action   Action // with a dot at the end: every action that begins with it
	Object   string
	Outcome  Outcome
	From, To time.Time // the time in [From, To)
	Before   string    // lists only records older than this id
	Limit    int
}
