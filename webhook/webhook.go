// Package webhook is telling a merchant's server over HTTP, as Standard
// Webhooks 1.0.0 describes: what an endpoint is, how a message is signed, when a
// delivery is tried again, and the worker that does it. A delivery is made in the
// transaction that makes its event; from then on it is tried until it is
// answered with 2xx or visibly exhausted, with the same webhook-id each time.
package webhook

import (
	"strconv"
	"time"

	"sandbank/event"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The delivery statuses.
const (
	DeliveryPending   DeliveryStatus = "pending"   // waits for its first or next try
	DeliveryDelivered DeliveryStatus = "delivered" // answered with 2xx
	DeliveryExhausted DeliveryStatus = "exhausted" // out of tries, or the endpoint was disabled
)

// DeliveryStatuses lists them.
func DeliveryStatuses() []DeliveryStatus {
	return []DeliveryStatus{DeliveryPending, DeliveryDelivered, DeliveryExhausted}
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID       string   // del_ + UUIDv7
	Endpoint Endpoint `json:"-"` // its keys are in its JSON
	Event    event.Event
	Status   DeliveryStatus
	Tries    int       // tries so far
	NextAt   time.Time // of the next try, while pending
	// Edited is sent instead of the event's body, once, by hand; nil for never.
	Edited []byte
	// Trace is where the payment's trace is; "" where it has none.
	Trace trace.Context `json:"-"`
}

// Attempt is one try with its result. The request is not kept whole: most of it
// follows from the event and the instant, see [Attempt.Sent].
type Attempt struct {
	Delivery string
	Number   int           // from 1; 0 for one that was edited, which is outside the schedule
	At       time.Time     // in simulated time
	Ahead    time.Duration // by how much that was ahead of the computer's, which the signature goes by
	Took     time.Duration
	Request  Request
	Code     int    // HTTP status, 0 where there was no answer
	Error    string // why there was none, or why 3xx counts as failure
	Headers  string // of the answer, as "Name: value" lines, cut after [MaxKept] bytes
	Response string // the first [MaxKept] bytes of the answer's body
	// RetryAfter is how long the receiver asked to wait, at most an hour.
	RetryAfter time.Duration
}

// MaxKept is how much of an answer's headers, and of its body, is kept, in bytes.
const MaxKept = 1024

// Request holds what cannot be rebuilt from the event later, since keys are
// replaced and URLs are changed.
type Request struct {
	URL       string
	Signature string // the header webhook-signature
	Body      Body   // how the body was made
	Edited    string // the edited body, "" for an unedited one
}

// Edited reports whether the body was edited by hand.
func (a Attempt) Edited() bool { return a.Request.Body == BodyEdited }

// spoiled reports whether this try at an event is spoiled on purpose in a way. Only
// the first one is, so that the event arrives in the end.
func (a Attempt) spoiled(e event.Event, way sim.Way) bool {
	return a.Number == 1 && !a.Edited() && e.Courses[sim.Webhook].Has(way)
}

// signedAt is the time in the signature: receivers compare it with their own clocks.
func (a Attempt) signedAt(e event.Event) time.Time {
	if a.spoiled(e, sim.StaleTimestamp) {
		return a.At.Add(-a.Ahead - sim.Staleness)
	}
	return a.At.Add(-a.Ahead)
}

// Header is a line of a request's head.
type Header struct{ Name, Value string }

// Sent is the request of an attempt at the event, as it went out.
func (a Attempt) Sent(e event.Event) (head []Header, body []byte) { return a.head(e), a.body(e) }

func (a Attempt) body(e event.Event) []byte {
	if a.Edited() {
		return []byte(a.Request.Edited)
	}
	return a.Request.Body.Write(e)
}

func (a Attempt) head(e event.Event) (head []Header) {
	switch {
	case a.Request.ofStripe():
		return a.stripeHead()
	case a.Request.unsigned():
		return a.mollieHead()
	}
	id := messageID(e, a.Request)
	head = []Header{
		{"Content-Type", a.Request.contentType()}, {"User-Agent", UserAgent}, {HeaderID, id},
		{HeaderTimestamp, strconv.FormatInt(a.signedAt(e).Unix(), 10)}, {HeaderSignature, a.Request.Signature},
	}
	if a.Edited() {
		head = append(head, Header{HeaderEdited, "true"})
	}
	return head
}
