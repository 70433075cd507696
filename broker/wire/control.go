package wire

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// Commands lists the commands.
func Commands() []Command {
	return []Command{
		CommandTemper, CommandReset, CommandOffline, CommandOnline, CommandSettle, CommandPlant, CommandDispute, CommandDecide,
		CommandFailNext, CommandCorrect,
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
