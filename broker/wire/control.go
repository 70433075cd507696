package wire

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/money"
	"sandbank/sim"
)

// Command is the command of a control request.
type Command string

// The commands.
const (
	CommandTemper   Command = "temper"       // take over the fields that Control.Temper sets
	CommandReset    Command = "reset"        // return to the temper of the start
	CommandOffline  Command = "offline"      // announce it, and leave requests in the queue
	CommandOnline   Command = "online"       // serve requests again
	CommandSettle   Command = "settle"       // cut off now, and send the batches
	CommandPlant    Command = "plant"        // put breaks into the next batches
	CommandDispute  Command = "dispute"      // open a dispute on a payment
	CommandDecide   Command = "decide"       // decide a dispute
	CommandFailNext Command = "fail_refunds" // send back the next refunds
	CommandCorrect  Command = "correct"      // correct an earlier line in the next batch
	CommandAnswer   Command = "answer"       // decide a request anew of which nothing was told yet
	CommandClock    Command = "clock"        // go by simulated time, and say when at rest
)

// Controls is the content of a control request besides its command.
type Controls struct {
	Command Command `json:"command"`
	Temper  *Temper `json:"temper,omitzero"`
	Breaks  []Plant `json:"breaks,omitempty"`  // of plant
	Outcome string  `json:"outcome,omitempty"` // of decide: "won" or "lost"
	Dispute string  `json:"dispute,omitempty"` // of decide: the bank's id of the dispute
	Reason  string  `json:"reason,omitempty"`  // of dispute
	Count   int     `json:"count,omitzero"`    // of fail_refunds
	// Settlement and Reference name the line to correct.
	Settlement string `json:"settlement,omitempty"`
	Reference  string `json:"reference,omitempty"`
	// Again is the request that is to be decided anew, with its order; of answer.
	Again *Request `json:"again,omitempty"`
	// Disputes says when a dispute is to open and how it is to end; of dispute.
	Disputes *sim.Dispute `json:"disputes,omitempty"`
	// Until is when the bank comes back by itself, in simulated time; of offline. Nil leaves it away
	// until it is told to come back.
	Until *time.Time `json:"until,omitempty"`
	// Clock is what time it is; of clock.
	Clock *Clock `json:"clock,omitempty"`
}

// Temper is the part of a bank's behavior that can be changed while it runs. A
// nil field leaves its setting unchanged.
type Temper struct {
	MinDelayMS  *int64   `json:"min_delay_ms,omitempty"`
	MaxDelayMS  *int64   `json:"max_delay_ms,omitempty"`
	Declines    *float64 `json:"declines,omitempty"`     // share, 0 to 1
	Challenges  *float64 `json:"challenges,omitempty"`   // share
	Silent      *float64 `json:"silent,omitempty"`       // share
	Twice       *float64 `json:"twice,omitempty"`        // share of answers sent twice
	Reorders    *float64 `json:"reorders,omitempty"`     // share of answers held back until a later one has left
	WrongAmount *float64 `json:"wrong_amount,omitempty"` // share of answers with a wrong amount
}

// BreakKind is a way in which a settlement differs from the processor's book.
type BreakKind string

// The kinds of breaks.
const (
	BreakMissing     BreakKind = "missing"      // a capture or refund that the batch should have listed
	BreakTwice       BreakKind = "twice"        // a line listed again
	BreakWrongAmount BreakKind = "wrong_amount" // a line with another amount
	BreakUnknown     BreakKind = "unknown"      // a line that the processor does not know
	BreakFee         BreakKind = "fee_mismatch" // a line with another fee
)

// BreakKinds lists the kinds.
func BreakKinds() []BreakKind {
	return []BreakKind{BreakMissing, BreakTwice, BreakWrongAmount, BreakUnknown, BreakFee}
}

// Plant asks a bank for a break in its next batch. Without a reference the bank
// picks a line by its seed.
type Plant struct {
	Kind      BreakKind      `json:"kind"`
	Currency  money.Currency `json:"currency,omitempty"`
	Reference string         `json:"reference,omitempty"`
}

// Commands lists the commands.
func Commands() []Command {
	return []Command{
		CommandTemper, CommandReset, CommandOffline, CommandOnline, CommandSettle, CommandPlant, CommandDispute, CommandDecide,
		CommandFailNext, CommandCorrect, CommandAnswer, CommandClock,
	}
}

// The bounds of a temper and of the values of one command.
const (
	maxDelayMS = 24 * 60 * 60 * 1000
	maxPlants  = 100
	maxFails   = 1_000_000
)

// ReadControls reads and checks a command on its own, in the form that the
// banks' page server accepts. It refuses unknown fields.
func ReadControls(body []byte) (Controls, error) {
	var c Controls
	if len(body) > MaxBody {
		return c, fmt.Errorf("the body has %d bytes; %d are allowed", len(body), MaxBody)
	}
	if err := json.Unmarshal(body, &c, json.RejectUnknownMembers(true)); err != nil {
		return c, fmt.Errorf("not a command: %w", err)
	}
	return c, c.Check()
}

// Check returns an error unless the command is well formed.
func (c Controls) Check() error {
	switch {
	case !slices.Contains(Commands(), c.Command):
		return fmt.Errorf("control.command: %q is not one of %v", c.Command, Commands())
	case c.Command == CommandTemper && c.Temper == nil:
		return fmt.Errorf("control.temper: is required")
	case c.Command == CommandPlant && (len(c.Breaks) == 0 || len(c.Breaks) > maxPlants):
		return fmt.Errorf("control.breaks: must be 1 to %d", maxPlants)
	case c.Command == CommandDecide && (c.Dispute == "" || c.Outcome != "won" && c.Outcome != "lost"):
		return fmt.Errorf("control: to decide takes dispute, and outcome: won or lost")
	case c.Command == CommandCorrect && c.Settlement == "":
		return fmt.Errorf("control.settlement: is required")
	case c.Command == CommandAnswer && (c.Again == nil || c.Again.Simulate == nil || c.Again.Controls != nil):
		return fmt.Errorf("control.again: must be a request with its order")
	case c.Until != nil && (c.Command != CommandOffline || c.Until.IsZero()):
		return fmt.Errorf("control.until: is a time, and goes with offline alone")
	case c.Command == CommandClock && c.Clock == nil:
		return fmt.Errorf("control.clock: is required")
	case c.Count < 0 || c.Count > maxFails:
		return fmt.Errorf("control.count: must be 0 to %d", maxFails)
	case c.Reason != "" && !plain(c.Reason):
		return fmt.Errorf("control.reason: must have at most %d printable ASCII characters", maxID)
	}
	for i, p := range c.Breaks {
		if !slices.Contains(BreakKinds(), p.Kind) || p.Currency != "" && !p.Currency.Known() {
			return fmt.Errorf("control.breaks[%d]: kind must be one of %v, and currency known", i, BreakKinds())
		}
	}
	if c.Again != nil {
		if err := c.Again.check(); err != nil {
			return fmt.Errorf("control.again.%w", err)
		}
	}
	if c.Clock != nil {
		if err := c.Clock.check(); err != nil {
			return err
		}
	}
	if c.Temper != nil {
		return c.Temper.Check()
	}
	return nil
}

// Check returns an error unless shares and delays are within their bounds.
func (t Temper) Check() error {
	for _, s := range []struct {
		name  string
		value *float64
	}{
		{"declines", t.Declines}, {"challenges", t.Challenges}, {"silent", t.Silent}, {"twice", t.Twice}, {"reorders", t.Reorders},
		{"wrong_amount", t.WrongAmount},
	} {
		if s.value != nil && !(*s.value >= 0 && *s.value <= 1) {
			return fmt.Errorf("temper.%s: must be a share from 0 to 1", s.name)
		}
	}
	for _, d := range []struct {
		name  string
		value *int64
	}{{"min_delay_ms", t.MinDelayMS}, {"max_delay_ms", t.MaxDelayMS}} {
		if d.value != nil && (*d.value < 0 || *d.value > maxDelayMS) {
			return fmt.Errorf("temper.%s: must be 0 to %d", d.name, maxDelayMS)
		}
	}
	return nil
}

// Over returns the temper with its nil fields filled in from another.
func (t Temper) Over(below Temper) Temper {
	return Temper{
		MinDelayMS: first(t.MinDelayMS, below.MinDelayMS), MaxDelayMS: first(t.MaxDelayMS, below.MaxDelayMS),
		Declines: first(t.Declines, below.Declines), Challenges: first(t.Challenges, below.Challenges),
		Silent: first(t.Silent, below.Silent), Twice: first(t.Twice, below.Twice),
		Reorders: first(t.Reorders, below.Reorders), WrongAmount: first(t.WrongAmount, below.WrongAmount),
	}
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}
