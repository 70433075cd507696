package scenario

import (
	"fmt"
	"time"
)

// Scenario is one story that can be told, carried out, and held to its expectations.
type Scenario struct {
	File  string // it was read from
	Name  string
	Case  string // which combination of the file's matrix; "" where there is none
	Story string
	Seed  uint64    // of all that is left to chance
	Start time.Time // of simulated time
	Steps []Step
}

// Title is the name with the case.
func (s Scenario) Title() string {
	if s.Case == "" {
		return s.Name
	}
	return s.Name + " (" + s.Case + ")"
}

// Channels lists the channels that the scenario expects something of, or silence on.
func (s Scenario) Channels() []Channel {
	heard := map[Channel]bool{}
	for _, step := range All(s.Steps) {
		if e, ok := step.Do.(Expect); ok {
			for _, c := range e.channels() {
				heard[c] = true
			}
		}
	}
	var list []Channel
	for _, c := range Channels() {
		if heard[c] {
			list = append(list, c)
		}
	}
	return list
}

// OfBooks reports whether anything is expected of balances.
func (s Scenario) OfBooks() bool {
	for _, step := range All(s.Steps) {
		if e, ok := step.Do.(Expect); ok && len(e.Balances) > 0 {
			return true
		}
	}
	return false
}

// Races reports whether anything happens at once, so that its order is not told.
func (s Scenario) Races() bool {
	for _, step := range s.Steps {
		if _, ok := step.Do.(Parallel); ok {
			return true
		}
	}
	return false
}

// OfAll reports whether the scenario is about more than one merchant's payments: about banks, the system, the whole book,
// or the very next moment, whosever it is. On a Sandbank that others use at the same time, it would meet them.
func (s Scenario) OfAll() bool {
	for _, step := range All(s.Steps) {
		switch a := step.Do.(type) {
		case Fault, Settle, PayOut:
			return true
		case Bank:
			if a.Payment == "" {
				return true
			}
		case Advance:
			if a.Next {
				return true
			}
		case Call:
			if a.By == "operator" {
				return true
			}
		case Expect:
			if len(a.Balances) > 0 || a.Breaks != nil {
				return true
			}
		case Parallel: // whose branches may wait for time, each by itself
			return true
		}
	}
	return false
}

// At is a place in a file. Lines and columns are counted from 1.
type At struct {
	File         string
	Line, Column int
}

// String is the place as editors and terminals know it.
func (a At) String() string { return fmt.Sprintf("%s:%d:%d", a.File, a.Line, a.Column) }

// Step is one step of a scenario.
type Step struct {
	At    At
	Story string // a sentence or two, to be read aloud
	Notes string // for whoever reads it aloud; "" for none
	Ask   *Question
	As    string // the name under which the answer is kept; "" for none
	Do    Action
}

// Question is put to a class before a step is done.
type Question struct {
	Text    string
	Choices []string // none for a question that is answered freely
	Answer  string   // one of the choices, if there are any
}

// All lists steps with those that are inside of others.
func All(steps []Step) []Step {
	var list []Step
	for _, s := range steps {
		list = append(list, s)
		if p, ok := s.Do.(Parallel); ok {
			for _, branch := range p.Branches {
				list = append(list, All(branch)...)
			}
		}
	}
	return list
}

// Channel is a way on which a merchant learns of events.
type Channel string

// The channels.
const (
	Webhook   Channel = "webhook"
	SSE       Channel = "sse"
	WebSocket Channel = "websocket"
	GraphQL   Channel = "graphql"
	AMQP      Channel = "amqp"
	Polling   Channel = "polling" // of the list of events
)

// Channels lists the channels.
func Channels() []Channel { return []Channel{Webhook, SSE, WebSocket, GraphQL, AMQP, Polling} }
