package scenario

import (
	"net/http"
	"slices"
	"time"

	"sandbank/sim"
)

// Verb names what a step does, as files have it.
type Verb string

// The verbs.
const (
	VerbCreate   Verb = "create"
	VerbCustomer Verb = "customer"
	VerbBank     Verb = "bank"
	VerbAdvance  Verb = "advance"
	VerbFault    Verb = "fault"
	VerbHold     Verb = "hold"
	VerbMove     Verb = "move" // of something that is held
	VerbStep     Verb = "step" // for the first thing that is held
	VerbSettle   Verb = "settle"
	VerbPayOut   Verb = "pay out"
	VerbDispute  Verb = "dispute"
	VerbCapture  Verb = "capture"
	VerbVoid     Verb = "void"
	VerbRefund   Verb = "refund"
	VerbCancel   Verb = "cancel"
	VerbCall     Verb = "call"
	VerbReceive  Verb = "receive"
	VerbExpect   Verb = "expect"
	VerbParallel Verb = "parallel"
	VerbRepeat   Verb = "repeat"  // becomes the steps that it repeats
	VerbInclude  Verb = "include" // becomes the steps of the other file
)

// Verbs lists the verbs in the order of a payment's life.
func Verbs() []Verb {
	return []Verb{
		VerbCreate, VerbCustomer, VerbBank, VerbAdvance, VerbCapture, VerbVoid, VerbRefund, VerbCancel, VerbDispute, VerbSettle, VerbPayOut,
		VerbFault, VerbHold, VerbMove, VerbStep, VerbReceive, VerbCall, VerbExpect, VerbParallel, VerbRepeat, VerbInclude,
	}
}

// Action is what a step does: one of the types below.
type Action interface{ Verb() Verb }

// Create has the merchant's server ask for a payment.
type Create struct {
	Amount      string // such as "19.99 EUR"
	Reference   string
	ReturnURL   string
	Bank        string // BIC; "" lets the processor choose
	Description string
	Capture     string // "automatic" or "manual"
	Attempts    int    // 0 for the usual number
	ExpiresIn   time.Duration
	Metadata    map[string]string
	Simulate    any    // as JSON has it; nil for nothing
	Key         string // Idempotency-Key; "" for none
}

// Customer has a payment's customer do something.
type Customer struct {
	Payment string // the name of the payment, as of every step below
	Act     sim.WishedAct
}

// Bank steers a bank: what it does with one payment, or altogether.
type Bank struct {
	Payment    string // with Answer
	Answer     map[string]any
	Identifier string // BIC, with Do, Temper or Plant
	Do         string // "online" or "offline"
	Temper     map[string]any
	Plant      []string // kinds of breaks
}

// Advance has simulated time go on: one of the three.
type Advance struct {
	By   time.Duration
	To   string // RFC 3339
	Next bool
}

// Fault begins a fault of the system, or ends one.
type Fault struct {
	Body map[string]any // as POST /sim/faults takes it
	End  string         // the name under which an earlier step kept it
}

// Hold begins to hold payments on their way, or ends that.
type Hold struct {
	Payment string       // "" for every payment of the merchant
	Wish    sim.HoldWish // without its payment
	End     string       // the name under which an earlier step kept it
}

// Move does something with the first thing that is held of a payment and fits.
type Move struct {
	Payment string
	Hop     sim.Hop // "" for any
	Kind    string  // of the message that it carries; "" for any
	Wish    sim.MoveWish
}

// GoOn has the first thing go on that is held of a payment.
type GoOn struct{ Payment string }

// Settle has banks cut off and send their batches.
type Settle struct{ Banks []string }

// PayOut pays the merchants what was settled for them.
type PayOut struct{}

// Dispute has a customer dispute a payment, the merchant answer, or the bank decide.
type Dispute struct {
	Payment, Reason, Evidence, Decide string
}

// Operation is a capture, void, refund or cancellation that the merchant asks for.
type Operation struct {
	Kind    Verb
	Payment string
	Amount  string // "" for all that is left
	Final   bool   // of a capture: nothing more will be taken
	Key     string
}

// Creates reports whether a step makes a payment, which then goes by the step's name.
func (o Step) Creates() bool {
	switch a := o.Do.(type) {
	case Create:
		return true
	case Call:
		return a.creates()
	}
	return false
}

// Call asks for any route.
type Call struct {
	Method, Path string
	By           string // "merchant", "operator" or "nobody"
	Dialect      string // "stripe" or "mollie"; "" for the house's own API
	Key          string
	Headers      map[string]string
	Body         any // nil for none; a string is sent as it is
}

// Dialects are the other APIs that a call may be made in.
func Dialects() []string { return []string{"stripe", "mollie"} }

// creates reports whether the call asks for a payment in a dialect.
func (c Call) creates() bool {
	return c.Dialect != "" && c.Method == http.MethodPost && slices.Contains([]string{"/v1/checkout/sessions", "/v1/payment_intents", "/mollie/v2/payments"}, c.Path)
}

// Receive says what the merchant's endpoint answers to webhooks from now on.
type Receive struct {
	Status  int
	Times   int // how often, before it answers 200 again; 0 for ever
	Headers map[string]string
}

// Parallel does several things at once.
type Parallel struct{ Branches [][]Step }

// Verb implements [Action].
func (Create) Verb() Verb { return VerbCreate }

// Verb implements [Action].
func (Customer) Verb() Verb { return VerbCustomer }

// Verb implements [Action].
func (Bank) Verb() Verb { return VerbBank }

// Verb implements [Action].
func (Advance) Verb() Verb { return VerbAdvance }

// Verb implements [Action].
func (Fault) Verb() Verb { return VerbFault }

// Verb implements [Action].
func (Hold) Verb() Verb { return VerbHold }

// Verb implements [Action].
func (Move) Verb() Verb { return VerbMove }

// Verb implements [Action].
func (GoOn) Verb() Verb { return VerbStep }

// Verb implements [Action].
func (Settle) Verb() Verb { return VerbSettle }

// Verb implements [Action].
func (PayOut) Verb() Verb { return VerbPayOut }

// Verb implements [Action].
func (Dispute) Verb() Verb { return VerbDispute }

// Verb implements [Action].
func (o Operation) Verb() Verb { return o.Kind }

// Verb implements [Action].
func (Call) Verb() Verb { return VerbCall }

// Verb implements [Action].
func (Receive) Verb() Verb { return VerbReceive }

// Verb implements [Action].
func (Parallel) Verb() Verb { return VerbParallel }

// Verb implements [Action].
func (Expect) Verb() Verb { return VerbExpect }
