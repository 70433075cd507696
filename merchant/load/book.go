package load

import (
	"slices"
	"sync"
	"time"

	"sandbank/event"
	"sandbank/merchant/client"
)

// trip is one payment on its way. The worker that makes it owns the upper
// fields; the book guards the lower ones, which webhooks write.
type trip struct {
	reference string
	id        string        // "" until the create is acknowledged
	began     time.Time     // when it was due to begin
	create    time.Duration // until it was acknowledged
	paid      bool          // the checkout took the confirmation
	found     bool          // the processor showed it when asked

	done     chan struct{} // closed with the first result
	declined chan struct{} // holds one note that the customer may try again
	status   client.Status // the result, "" until there is one
	endedAt  time.Time
	asked    bool // the result came by asking, not by webhook
	highest  int64
	seen     []string // ids of the events that came
}

// book finds payments by their reference: unlike the processor's id it is known
// before the create is acknowledged, and a webhook may well be faster.
type book struct {
	mu    sync.Mutex
	trips map[string]*trip
	tally Tally
}

// Tally has the receiver's counts.
type Tally struct {
	Webhooks int `json:"webhooks"` // verified, for payments of this run
	// Duplicates came again with the same id, as they may.
	Duplicates int `json:"duplicates"`
	// OutOfOrder came after a newer one about the same payment, as they may.
	OutOfOrder int `json:"out_of_order"`
	// Contradictions told of another result than the first: there must be none.
	Contradictions int `json:"contradictions"`
	// Foreign were for other payments of the same merchant.
	Foreign int `json:"foreign"`
	// Refused had no valid signature.
	Refused int `json:"refused"`
}

func newBook() *book { return &book{trips: map[string]*trip{}} }

func (b *book) begin(reference string, due time.Time) *trip {
	t := &trip{reference: reference, began: due, done: make(chan struct{}), declined: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trips[reference] = t
	return t
}

// told notes a webhook.
func (b *book) told(e client.Event, reference string, s client.Status, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.trips[reference]
	if t == nil {
		b.tally.Foreign++
		return
	}
	b.tally.Webhooks++
	if slices.Contains(t.seen, e.ID) {
		b.tally.Duplicates++
		return
	}
	t.seen = append(t.seen, e.ID)
	if e.Sequence < t.highest {
		b.tally.OutOfOrder++
	}
	t.highest = max(t.highest, e.Sequence)
	switch {
	case e.Type == event.AttemptDeclined:
		select {
		case t.declined <- struct{}{}:
		default:
		}
	case s.Open():
	case t.status == "":
		t.settle(s, now)
	case t.status != s:
		b.tally.Contradictions++
	}
}

func (t *trip) settle(s client.Status, now time.Time) {
	t.status, t.endedAt = s, now
	close(t.done)
}

// answered notes a result that was asked for.
func (b *book) answered(t *trip, s client.Status, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.status == "" {
		t.asked = true
		t.settle(s, now)
	}
}

func (b *book) refused() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tally.Refused++
}

// open lists the payments without a result.
func (b *book) open() []*trip {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*trip
	for _, t := range b.trips {
		if t.status == "" {
			list = append(list, t)
		}
	}
	return list
}
