package processor

import (
	"time"

	"sandbank/event"
	"sandbank/payment"
)

// Timeline is what is recorded about one payment besides itself.
type Timeline struct {
	Messages   []Message
	Entries    []SealedEntry
	Events     []event.Event
	Deliveries []DeliveryRecord
}

// Direction is which way a message goes, seen from the processor.
type Direction string

// The directions.
const (
	Out Direction = "out"
	In  Direction = "in"
)

// Message is a stored message between processor and bank: outgoing ones until
// they are published, all of them for the timeline. An incoming one is stored
// once; that is the inbox.
type Message struct {
	ID        string // AMQP message_id
	Direction Direction
	Payment   string
	Bank      string
	Attempt   int
	Kind      string // "authorize", "reverse", "result"
	At        time.Time
	Verdict   payment.Verdict // of an incoming one
	Note      string          // why, in words
	Body      []byte          // JSON
}
