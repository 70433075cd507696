package sim

import (
	"slices"
	"strings"
	"time"
)

// Channel is a way on which the merchant is told.
type Channel string

// The channels. Listing events and asking for the payment always show the truth.
const (
	Webhook Channel = "webhook"
	Stream  Channel = "stream" // server-sent events, WebSocket and GraphQL subscriptions
	AMQP    Channel = "amqp"   // and so MQTT and STOMP
)

// Channels lists the channels.
func Channels() []Channel { return []Channel{Webhook, Stream, AMQP} }

// Way is how a channel delivers an event.
type Way string

// The ways.
const (
	Late            Way = "late"             // later by After
	Copied          Way = "twice"            // two copies, with the same id
	Reordered       Way = "reordered"        // every other event is held back by After, so that a later one overtakes it
	Lost            Way = "lost"             // never; it is marked, and can be sent again by hand
	BrokenSignature Way = "broken_signature" // the first try has a wrong signature
	StaleTimestamp  Way = "stale_timestamp"  // the first try was signed [Staleness] ago
	BeforeAnswer    Way = "before_accepted"  // the answer to the payment's creation waits for it
)

// Staleness is how old the timestamp of a stale webhook is. Receivers are told to
// accept five minutes.
const Staleness = 10 * time.Minute

// DefaultLateness is how late "late" and "reordered" are unless the plan says.
const DefaultLateness = 10 * time.Second

// Ways lists the ways that a channel knows.
func Ways(of Channel) []Way {
	switch of {
	case Webhook:
		return []Way{Late, Copied, Reordered, Lost, BrokenSignature, StaleTimestamp, BeforeAnswer}
	case AMQP:
		return []Way{Late, Copied, Lost}
	case Stream:
		return []Way{Copied, Lost}
	}
	return nil
}

// Delivery is how one channel delivers.
type Delivery struct {
	How   []Way `json:"how"`
	After When  `json:"after,omitempty"` // of late and reordered
}

// Has reports whether a way is among them.
func (d Delivery) Has(w Way) bool { return slices.Contains(d.How, w) }

// Says is the delivery in words.
func (d Delivery) Says() string {
	words := make([]string, len(d.How))
	for i, w := range d.How {
		words[i] = strings.ReplaceAll(string(w), "_", " ")
	}
	return strings.Join(words, ", ")
}

// Lateness is how long an event is held back, where any of its ways does that.
func (d Delivery) Lateness() time.Duration {
	if !d.Has(Late) && !d.Has(Reordered) {
		return 0
	}
	if after, ok := d.After.Duration(); ok {
		return after
	}
	return DefaultLateness
}

// Courses is how one event is delivered, by channel. It goes with the event.
type Courses map[Channel]Delivery

// CoursesOf is how the n-th event about a payment is delivered, counted from 1:
// nil where nothing is simulated.
func (p Plan) CoursesOf(n int) Courses {
	var c Courses
	for channel, d := range p.Channels {
		d.How = slices.DeleteFunc(slices.Clone(d.How), func(w Way) bool {
			return w == BeforeAnswer || w == Reordered && n%2 == 0 // those go ahead
		})
		if len(d.How) == 0 {
			continue
		}
		if c == nil {
			c = Courses{}
		}
		c[channel] = d
	}
	return c
}
