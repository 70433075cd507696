// Package sequence draws who sent what to whom, and when: a story of hops becomes a layout, and
// the layout becomes a drawing, a text, or the source of a diagram.
//
//	Story ── Lay ──▶ Layout ──▶ Body, Head, SVG   a drawing, whole or in two parts
//	  └──────────────────────▶ Text, Mermaid, PlantUML
//
// It is pure: it knows no payment, no clock and no store, and imports nothing of the project. What a
// hop means, and which of them to show, is for its callers, such as the dashboard.
// Colors are classes; a style sheet beside the pages says what they look like.
package sequence

import "time"

// Lane is one party, drawn as a vertical line.
type Lane struct {
	ID   string // named by [Hop.From], [Hop.To] and [Hop.Via]
	Name string
	Note string // a second, smaller line; may be empty
	Kind string // its class: "customer", "merchant", "sandbank", "broker", "bank", "ledger" or ""
}

// Story is what happened between the lanes, and what is still to come.
type Story struct {
	Lanes []Lane
	Start time.Time // from which elapsed time counts
	Hops  []Hop     // oldest first
	// Coming are hops that have not happened. At is when they are due, zero where nobody knows.
	Coming []Hop
	Spans  []Span
	Now    time.Time // where the line of the present is; zero for none, as in a report
	Next   string    // what is waited for now, in a few words; "" for nothing
}

// Hop is one thing that went from a lane to another; from a lane to itself it is a note there.
type Hop struct {
	ID     string // unique within the story, of letters, digits and dashes
	At     time.Time
	Kind   string // its class: "http", "page", "amqp", "ledger", "event", "webhook", "clock", "money", "fault", "hold"
	From   string
	To     string
	Via    string // a lane on the way, such as a broker; "" for none
	Title  string
	Detail string // below the line; with Via of the part before it
	Behind string // with Via, below the part after it
	Reply  string // what came back at once; "" for nothing
	Tone   string // "", "good", "bad" or "wait"
	Back   string // the tone of the reply
	// Fold names hops that say the same again, such as the tries of a delivery: they are drawn as one,
	// where the first of them is.
	Fold string
	// Gap says what went on before this hop, for the band that stands for the time between. Silent is
	// a gap in which nobody was told anything: its band is the largest.
	Gap    string
	Silent bool
	// Never marks what did not happen, and will not: a dotted line without a tip.
	Never bool
}

// Span is the time that a lane was busy: from one hop until another, "" for until now.
type Span struct {
	Lane        string
	From, Until string // ids of hops
}

// lane returns the place of a lane, or -1.
func (s Story) lane(id string) int {
	for i, l := range s.Lanes {
		if l.ID == id {
			return i
		}
	}
	return -1
}

// drawable reports whether both ends of a hop are lanes of the story.
func (s Story) drawable(h Hop) bool { return s.lane(h.From) >= 0 && s.lane(h.To) >= 0 }
