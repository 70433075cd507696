package dashboard

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/sequence"
	"sandbank/webhook"
)

// The lanes of a payment's sequence. Each bank that was asked has one of its own: laneBank and its BIC.
const (
	laneCustomer = "customer"
	laneServer   = "server"
	laneReceiver = "receiver"
	laneSandbank = "sandbank"
	laneBroker   = "broker"
	laneBank     = "bank-"
	laneLedger   = "ledger"
)

// step is a hop with what is said of it beside the drawing.
type step struct {
	sequence.Hop
	Note    string // in the list
	Wire    string // in the view of the wire, instead of the detail: names, keys and identifiers
	Payload payload
	URL     string // of its own page; may be empty
	Money   bool   // belongs to the view of the money
	Minor   bool   // is left out of the story, which tells it by another hop
	Phase   int    // of the payment's life: the number of the attempt, or afterwards
	Rank    int    // within a phase: causes before effects, where both have one time
}

// payload writes what a hop carried, for a reader who asks for it; nil carries nothing.
type payload func() string

// bodyOf lays out JSON as it was sent.
func bodyOf(b []byte) payload {
	if len(b) == 0 {
		return nil
	}
	return func() string { return indent(b) }
}

// valueOf writes a value as JSON.
func valueOf(v any) payload { return func() string { return indentValue(v) } }

// exchanged is a webhook's request with what came back.
func exchanged(a webhook.Attempt, del processor.DeliveryRecord) payload {
	return func() string {
		head, body := a.Sent(del.Event)
		return sentText(a, head, body) + "\n\n" + answered(a) + "\n" + a.Response
	}
}

// afterwards is the phase of what follows an approval.
const afterwards = 1000

// The ranks of what happens at one instant of simulated time.
const (
	rankAsked = iota
	rankSent
	rankBegun // the event that it is under way, and what tells it
	rankBegunTold
	rankAnswered
	rankBooked
	rankTold
	rankTried
	rankEnded
)

// view is which of a payment's hops are shown, and how.
type view string

// The views.
const (
	viewStory view = "story"
	viewWire  view = "wire"
	viewMoney view = "money"
	viewRaw   view = "raw"
)

// views lists them with what they show.
var views = []struct {
	view
	label, says string
}{
	{viewStory, "Story", "What happened, in the order in which it did."},
	{viewWire, "Wire", "Every hop, with exchanges, queues, keys and identifiers; nothing folded."},
	{viewMoney, "Money", "What moved money, from the approval to the payout."},
	{viewRaw, "Raw", "Everything that is recorded, as it is."},
}

// viewOf reads the query's "view"; an unknown one is the story.
func viewOf(q url.Values) view {
	for _, v := range views {
		if string(v.view) == q.Get("view") {
			return v.view
		}
	}
	return viewStory
}

// shows reports whether a view has a step.
func (v view) shows(s step) bool {
	switch v {
	case viewMoney:
		return s.Money
	case viewStory:
		return !s.Minor
	case viewWire, viewRaw:
	}
	return true
}

// tale is a payment's story, ready to be drawn.
type tale struct {
	processor.Story
	steps  []step
	coming []sequence.Hop
	lanes  []sequence.Lane
}

// readStory reads the payment in the path with all that happened to it.
func (d *Dashboard) readStory(r *http.Request) (processor.Story, error) {
	s, err := d.Processor.Story(r.Context(), d.reach(r), mux.Vars(r)["id"])
	if err == nil && !d.may(r, identity.ReadLedger) {
		s.Breaks = nil // they belong to no merchant
	}
	return s, err
}

// narrate puts everything that is recorded about a payment in order of time.
func (d *Dashboard) narrate(s processor.Story) tale {
	t := tale{Story: s, lanes: d.lanes(s)}
	t.steps = slices.Concat(d.asked(s.Payment), actSteps(s.Payment), faultSteps(s.Payment), heldSteps(s), messageSteps(s), operationSteps(s.Payment),
		entrySteps(s), eventSteps(s), t.deliverySteps(), t.endSteps(), settledSteps(s), paidSteps(s))
	slices.SortStableFunc(t.steps, func(a, b step) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Phase, b.Phase), cmp.Compare(a.Rank, b.Rank))
	})
	numbered(t.steps)
	t.coming = t.comingHops()
	return t
}

// lanes are the parties of a payment.
func (d *Dashboard) lanes(s processor.Story) []sequence.Lane {
	list := []sequence.Lane{
		{ID: laneCustomer, Name: "Customer", Kind: "customer"},
		{ID: laneServer, Name: d.merchant(s.Payment.Merchant), Note: "its server", Kind: "merchant"},
	}
	list = append(list, receivers(s)...)
	list = append(list, sequence.Lane{ID: laneSandbank, Name: "Sandbank", Note: "the processor", Kind: "sandbank"},
		sequence.Lane{ID: laneBroker, Name: "Broker", Note: "AMQP", Kind: "broker"})
	for _, bic := range banksOf(s) {
		list = append(list, sequence.Lane{ID: laneBank + bic, Name: d.Address.BankName(bic), Note: bic, Kind: "bank"})
	}
	return append(list, sequence.Lane{ID: laneLedger, Name: "Ledger", Kind: "ledger"})
}

// maxReceivers is how many receivers have a lane of their own.
const maxReceivers = 3

// receivers are the merchant's webhook endpoints that something was sent to: a lane each, or one for
// all where there are many.
func receivers(s processor.Story) (list []sequence.Lane) {
	for _, del := range s.Deliveries {
		id := laneReceiver + "-" + del.Endpoint.ID
		if slices.ContainsFunc(list, func(l sequence.Lane) bool { return l.ID == id }) {
			continue
		}
		note := "deleted since"
		if u, err := url.Parse(del.Endpoint.For(del.Event).URL); err == nil && u.Host != "" {
			note = u.Host
		}
		list = append(list, sequence.Lane{ID: id, Name: "Receiver", Note: note, Kind: "merchant"})
	}
	if len(list) == 0 || len(list) > maxReceivers {
		return []sequence.Lane{{ID: laneReceiver, Name: "Receiver", Note: "webhooks", Kind: "merchant"}}
	}
	return list
}

// receiver is the lane of a delivery's endpoint.
func (t tale) receiver(del processor.DeliveryRecord) string {
	if id := laneReceiver + "-" + del.Endpoint.ID; slices.ContainsFunc(t.lanes, func(l sequence.Lane) bool { return l.ID == id }) {
		return id
	}
	return laneReceiver
}

// someReceiver is the lane of what is told to any receiver.
func (t tale) someReceiver() string {
	for _, l := range t.lanes {
		if strings.HasPrefix(l.ID, laneReceiver) {
			return l.ID
		}
	}
	return laneReceiver
}

// banksOf lists the banks that a payment has to do with, in the order in which it met them.
func banksOf(s processor.Story) (list []string) {
	for _, a := range s.Payment.Attempts {
		list = append(list, a.Bank)
	}
	for _, m := range s.Messages {
		list = append(list, m.Bank)
	}
	if len(list) == 0 {
		list = append(list, s.Payment.Bank)
	}
	var once []string
	for _, bic := range list {
		if !slices.Contains(once, bic) && bic != "" {
			once = append(once, bic)
		}
	}
	return once
}

// drawn is the story as a view has it, with the present, if it is to be drawn.
func (d *Dashboard) drawn(t tale, v view) sequence.Story {
	out := sequence.Story{Lanes: t.lanes, Start: t.Payment.CreatedAt, Spans: spans(t.Story), Now: d.Clock.Now(), Next: next(t.Story)}
	for _, s := range t.steps {
		if !v.shows(s) {
			continue
		}
		h := s.Hop
		if v == viewWire && s.Wire != "" {
			h.Detail, h.Behind = s.Wire, ""
			if s.Behind != "" { // both parts of the way have a name
				h.Detail, h.Behind, _ = strings.Cut(s.Wire, "\n")
			}
		}
		out.Hops = append(out.Hops, h)
	}
	for _, h := range t.coming {
		if v != viewMoney || h.Kind == "ledger" || h.Kind == "money" {
			out.Coming = append(out.Coming, h)
		}
	}
	if v == viewMoney {
		out.Spans = nil
	}
	return out
}

// spans are the times in which a bank was busy with a request.
func spans(s processor.Story) (list []sequence.Span) {
	answers := map[string]string{}
	for _, m := range s.Messages {
		if m.Direction == processor.In {
			if id := requestOf(m); id != "" && answers[id] == "" && m.Verdict == payment.VerdictApplied {
				answers[id] = stepID(m.ID)
			}
		}
	}
	for _, m := range s.Messages {
		if m.Direction != processor.Out {
			continue
		}
		until, done := answers[m.ID], answers[m.ID] != ""
		if a := attemptOf(s.Payment, m.ID); !done && (a == nil || a.Status != payment.AttemptSent && a.Status != payment.AttemptChallenged) {
			continue // nothing is to come any more
		}
		list = append(list, sequence.Span{Lane: laneBank + m.Bank, From: stepID(m.ID), Until: until})
	}
	return list
}

// attemptOf is the attempt whose request has this id.
func attemptOf(p payment.Payment, request string) *payment.Attempt {
	for i := range p.Attempts {
		if p.Attempts[i].RequestID == request {
			return &p.Attempts[i]
		}
	}
	return nil
}

// stepID makes the id of an element of a recorded id, which a bank may have chosen.
func stepID(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, id)
}

// numbered makes ids unique that became the same.
func numbered(steps []step) {
	seen := map[string]int{}
	for i := range steps {
		id := steps[i].ID
		if seen[id]++; seen[id] > 1 {
			steps[i].ID = id + "-" + strconv.Itoa(seen[id])
		}
	}
}
