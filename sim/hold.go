package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// Hop is a place on a payment's way at which it can be held.
type Hop string

// The hops, in the order in which a payment comes to them.
const (
	HopRequest Hop = "request" // a request to the bank, before it is in the outbox
	HopResult  Hop = "result"  // a bank's answer, or its word on a dispute, before the processor looks at it
	HopBooking Hop = "booking" // what an answer changes, before it is booked and told
	HopWebhook Hop = "webhook" // a webhook, before its first try
)

// Hops lists the hops.
func Hops() []Hop { return []Hop{HopRequest, HopResult, HopBooking, HopWebhook} }

// Says is the hop in words.
func (h Hop) Says() string {
	return map[Hop]string{
		HopRequest: "the request to the bank", HopResult: "the bank's result", HopBooking: "the booking", HopWebhook: "the webhook",
	}[h]
}

// Bounds of a hold.
const (
	DefaultHoldFor    = 24 * time.Hour   // in simulated time
	DefaultHoldWithin = 30 * time.Minute // of the computer's time
	MaxHoldWithin     = 4 * time.Hour
	DefaultHoldTimes  = 100
	MaxHoldTimes      = 250
	MaxHolds          = 20    // in force at a time
	MaxHeld           = 1_000 // held at a time, by all holds
)

// Hold stops payments at some hops, within its bounds. When it ends, what it holds goes on, in order.
type Hold struct {
	ID       string `json:"id"`
	Hops     []Hop  `json:"hops"`
	Merchant string `json:"merchant,omitempty"` // "" for every merchant
	Payment  string `json:"payment,omitempty"`  // "" for every payment
	For      When   `json:"for"`                // of simulated time
	Within   When   `json:"within"`             // of the computer's time
	Times    int    `json:"times"`              // how much it takes at most

	BeganAt   time.Time `json:"began_at"`
	EndsAt    time.Time `json:"ends_at"`     // in simulated time, at the latest
	GivesUpAt time.Time `json:"gives_up_at"` // by the computer's clock
	Taken     int       `json:"taken"`       // how much it has taken so far
	Held      int       `json:"held"`        // of that, what it holds still
}

// Begun is the hold as it begins, under its id. At is simulated time, by is the computer's.
func (h Hold) Begun(id string, at, by time.Time) Hold {
	length, _ := h.For.Duration()
	patience, _ := h.Within.Duration()
	h.ID, h.BeganAt, h.EndsAt, h.GivesUpAt = id, at, at.Add(length), by.Add(patience).UTC()
	return h
}

// Takes reports whether the hold stops something.
func (h Hold) Takes(t Held) bool {
	return h.Taken < h.Times && slices.Contains(h.Hops, t.Hop) &&
		(h.Merchant == "" || h.Merchant == t.Merchant) && (h.Payment == "" || h.Payment == t.Payment)
}

// Over reports whether one of its bounds in time is over.
func (h Hold) Over(at, by time.Time) bool { return !at.Before(h.EndsAt) || !by.Before(h.GivesUpAt) }

// Says is the hold in words.
func (h Hold) Says() string {
	of := "every payment"
	switch {
	case h.Payment != "":
		of = "the payment " + h.Payment
	case h.Merchant != "":
		of = "every payment of " + h.Merchant
	}
	if len(h.Hops) == len(Hops()) {
		return of + " is held at every hop"
	}
	words := ""
	for i, hop := range h.Hops {
		switch {
		case i > 0 && i == len(h.Hops)-1:
			words += " and "
		case i > 0:
			words += ", "
		}
		words += hop.Says()
	}
	return of + " is held at " + words
}

// HeldStatus is where something that was held stands.
type HeldStatus string

// The statuses.
const (
	HeldNow      HeldStatus = "held"
	HeldReleased HeldStatus = "released" // it went on
	HeldDropped  HeldStatus = "dropped"  // it never will
	HeldAnswered HeldStatus = "answered" // a request that went on with an order how to answer it
)

// Held is one thing that a hold took: a request, an answer, a booking or a webhook.
type Held struct {
	ID       string          `json:"id"`
	Hold     string          `json:"hold"`
	Hop      Hop             `json:"hop"`
	Place    int64           `json:"place"` // the least goes first
	Status   HeldStatus      `json:"status"`
	Payment  string          `json:"payment,omitempty"`
	Merchant string          `json:"merchant"`
	Bank     string          `json:"bank,omitempty"` // BIC
	Kind     string          `json:"kind"`           // of the message: authorize, result, payment.captured
	Says     string          `json:"says"`
	Since    time.Time       `json:"since"`
	EndedAt  time.Time       `json:"ended_at,omitzero"`
	CopyOf   string          `json:"copy_of,omitempty"`  // of which it is a copy
	Endpoint string          `json:"endpoint,omitempty"` // of a webhook
	Event    string          `json:"event,omitempty"`    // likewise
	Delivery string          `json:"delivery,omitempty"` // likewise: the id that it is to have
	Message  json.RawMessage `json:"message"`            // what it carries
}

// First orders what is held: by place.
func First(a, b Held) int {
	switch {
	case a.Place < b.Place:
		return -1
	case a.Place > b.Place:
		return 1
	}
	return 0
}

// Part is the part of a bank's answers that a held request asks for; false for one that has no answer to choose.
func (h Held) Part() (Part, bool) {
	p := Part(h.Kind)
	return p, h.Hop == HopRequest && slices.Contains(Parts(), p)
}

// Move is what is done with something that is held.
type Move string

// The moves.
const (
	Release   Move = "release"   // it goes on
	Drop      Move = "drop"      // it never will
	Duplicate Move = "duplicate" // a copy is held right behind it
	GoFirst   Move = "first"     // before everything else that is held
	GoLast    Move = "last"      // behind everything else that is held
	AnswerIt  Move = "answer"    // a request: it goes on, and the bank is told what to say to it
)

// Moves lists the moves.
func Moves() []Move { return []Move{Release, Drop, Duplicate, GoFirst, GoLast, AnswerIt} }

// Reply is what a bank is told to say to a held request.
type Reply struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	Twice   bool    `json:"twice,omitempty"`
}

// Plan is the reply as a plan for the payment.
func (r Reply) Plan(part Part) Plan {
	a := Answer{Outcome: r.Outcome, Reason: r.Reason, After: "0s", Times: 1}
	if r.Outcome == Silent {
		a.After = ""
	}
	travel := Travel("")
	if r.Twice {
		travel = Twice
	}
	switch part {
	case Authorize:
		return Plan{Bank: &Bank{Answer: a}, Travel: travel}
	case Capture:
		return Plan{Bank: &Bank{Capture: &FollowUp{Answer: a, Travel: travel}}}
	case Refund:
	}
	return Plan{Bank: &Bank{Refund: &FollowUp{Answer: a, Travel: travel}}}
}
