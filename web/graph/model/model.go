// Package model is what GraphQL shows beyond the types that other channels have.
package model

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"sandbank/event"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/settlement"
	"sandbank/sim"
)

// Event is one event. All subscribers share its body; the payment is decoded
// only if a query selects it.
type Event struct {
	what event.Event
	body []byte
}

// NewEvent shows an event, with its body if that is there already.
func NewEvent(e event.Event, body []byte) Event { return Event{e, body} }

// ID is the event's id.
func (e Event) ID() string { return e.what.ID }

// Type is what happened, such as "payment.captured".
func (e Event) Type() string { return e.what.Type }

// Sequence counts the merchant's events.
func (e Event) Sequence() int64 { return e.what.Sequence }

// Timestamp is when it happened.
func (e Event) Timestamp() time.Time { return e.what.At }

// Body is the event as every channel carries it.
func (e Event) Body() string {
	if e.body == nil {
		return string(e.what.Body())
	}
	return string(e.body)
}

// Payment is the payment as it was then; nil where the event is about a payout.
func (e Event) Payment() (*payment.Resource, error) {
	if e.aboutPayout() {
		return nil, nil
	}
	var p payment.Resource
	return &p, json.Unmarshal(e.what.Data, &p)
}

// Payout is the payout as it was then; nil where the event is about a payment.
func (e Event) Payout() (*settlement.PayoutResource, error) {
	if !e.aboutPayout() {
		return nil, nil
	}
	var p settlement.PayoutResource
	return &p, json.Unmarshal(e.what.Data, &p)
}

func (e Event) aboutPayout() bool {
	return e.what.Type == event.PayoutCreated || e.what.Type == event.PayoutPaid
}

// EventPage is a page of events, oldest first.
type EventPage struct {
	Data      []Event
	NextAfter int64
}

// PaymentPage is a page of payments, newest first.
type PaymentPage struct {
	Data       []payment.Resource
	NextCursor *string
	OlderLetGo bool // on the last page
}

// DisputePage is a page of disputes, newest first.
type DisputePage struct {
	Data       []payment.DisputeResource
	NextCursor *string
	OlderLetGo bool // on the last page
}

// PayoutPage is a page of payouts, newest first.
type PayoutPage struct {
	Data       []settlement.PayoutResource
	NextCursor *string
}

// PaymentFilter narrows a list of payments.
type PaymentFilter struct {
	Status    *payment.Status
	Reference *string
	Bank      *string
	Method    *instrument.Kind
	From, To  *time.Time
}

// MarshalString writes a text, and null for an empty one: the types of the other
// channels leave out what is empty.
func MarshalString(s string) graphql.Marshaler {
	if s == "" {
		return graphql.Null
	}
	return graphql.MarshalString(s)
}

// UnmarshalString reads a text.
func UnmarshalString(v any) (string, error) { return graphql.UnmarshalString(v) }

// MarshalTime writes an instant.
func MarshalTime(t time.Time) graphql.Marshaler { return graphql.MarshalTime(t) }

// UnmarshalTime reads an instant.
func UnmarshalTime(v any) (time.Time, error) {
	t, err := graphql.UnmarshalTime(v)
	if err != nil {
		return t, gqlerror.Errorf("A Time is an instant such as 2026-11-24T15:30:00Z.")
	}
	return t, nil
}

// MarshalStringMap writes a JSON object, or null for none.
func MarshalStringMap(m map[string]string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if m == nil {
			_, _ = io.WriteString(w, "null")
			return
		}
		b, _ := json.Marshal(m) // strings always encode
		_, _ = w.Write(b)
	})
}

// UnmarshalStringMap is for gqlgen; nothing takes one as its input.
func UnmarshalStringMap(any) (map[string]string, error) { return nil, errInput }

var errInput = errors.New("a StringMap is only shown")

// MarshalPlan writes what is simulated on purpose as JSON.
func MarshalPlan(p *sim.Plan) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		text, err := json.Marshal(p)
		if err != nil {
			panic("graph: " + err.Error()) // a plan always encodes
		}
		_, _ = w.Write(text)
	})
}

// UnmarshalPlan is for gqlgen; nothing takes one as its input.
func UnmarshalPlan(any) (*sim.Plan, error) { return nil, errPlan }

var errPlan = errors.New("a Plan is only shown")
