package scenario

import "time"

// Expect is what has to be so. What is left out is not looked at.
type Expect struct {
	Payment string        // by name; "" where nothing is said of one
	Within  time.Duration // of simulated time, until which it may become so; 0 for now

	Status     []string // one of them
	Why        *Why
	Reason     string            // code of the decline or error
	Has        map[string]string // members of the payment, by path, as text
	Events     []Events
	Arrived    []string // types of webhooks, in the order of their first arrival
	Silence    *Silence
	Deliveries []Deliveries
	Refused    *int // webhooks that the endpoint refused because their signature did not fit

	Held map[string]int // of the payment, by hop; nil where it is not looked at

	Balances map[string]string // "merchant:demo-shop:payable": "-19.41 EUR"; what changed since the start
	Breaks   map[string]int    // open ones, by kind; those of before the start do not count
	Answer   *Answer
	Page     *Page
	Snapshot *Snapshot
}

// Snapshot is that everything so far is as it was recorded beside the file.
type Snapshot struct {
	Of   SnapshotOf
	Name string // of what was recorded, unique in the scenario
}

// SnapshotOf is what is recorded.
type SnapshotOf string

// What can be recorded.
const (
	OfTranscript SnapshotOf = "transcript" // every line so far
	OfEvents     SnapshotOf = "events"     // the events about the scenario's payments, in the order of their sequence
)

// Snapshots lists what can be recorded.
func Snapshots() []SnapshotOf { return []SnapshotOf{OfTranscript, OfEvents} }

// Why is which rule decided.
type Why struct {
	Source string // "" for any
	Rule   string // part of its text; "" for any
}

// Events is how often an event about the payment came.
type Events struct {
	Type  string
	On    []Channel
	Times int
}

// Silence is that nothing was told about the payment, on any channel.
type Silence struct {
	After string // the type of the last event that may have been told; "" for none at all
}

// Deliveries is how the webhooks of one type about the payment fared.
type Deliveries struct {
	Type   string
	Status string // "" for any
	Tries  int    // of the one delivery; 0 for any
}

// Answer is what the last call was answered.
type Answer struct {
	Status  int               // 0 for any
	Problem string            // code; "" for any
	Headers map[string]string // that it has to have
	Has     map[string]string // members of its JSON, by path, as text
}

// Page is what a page shows.
type Page struct {
	Path         string // "" for the payment's checkout
	Shows, Hides []string
}

// OfAnswer reports whether the answer to the call before is looked at.
func (e Expect) OfAnswer() bool { return e.Answer != nil }

// channels are those that are listened to for this.
func (e Expect) channels() (list []Channel) {
	for _, ev := range e.Events {
		list = append(list, ev.On...)
	}
	if e.Silence != nil {
		list = append(list, Channels()...)
	}
	if len(e.Arrived) > 0 || len(e.Deliveries) > 0 || e.Refused != nil {
		list = append(list, Webhook)
	}
	return list
}

// Listens lists the channels that are looked at, each once.
func (e Expect) Listens() []Channel {
	return Scenario{Steps: []Step{{Do: e}}}.Channels()
}
