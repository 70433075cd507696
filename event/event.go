// Package event defines the messages to merchants: one id, one sequence number
// per merchant and one JSON body, the same on every channel.
package event

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"sandbank/sim"
)

// MaxBody bounds an event in every form, in bytes. The rules of what a payment may
// have keep the largest below it; a test makes that one.
const MaxBody = 256 << 10

// Event is one thing that happened to a merchant's payment, or to a payout.
type Event struct {
	ID       string          // evt_ + UUIDv7, the same on every channel and retry
	Type     string          // "payment.captured"
	Merchant string          // the merchant that gets it
	Payment  string          // the payment that it is about; "" for a payout
	Sequence int64           // gapless per merchant, from 1
	At       time.Time       // when the change was committed
	Data     json.RawMessage // the payment or payout at that time
	Courses  sim.Courses     // how it is delivered on purpose; nil for as usual
}

// Body is the event as every channel carries it:
//
//	{"id": "evt_…", "type": "payment.captured", "sequence": 12, "timestamp": "…", "data": {…}}
func (e Event) Body() []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(e.Data)+160))
	b.WriteString(`{"id":"` + e.ID + `","type":"` + e.Type + `","sequence":`)
	b.WriteString(strconv.FormatInt(e.Sequence, 10))
	b.WriteString(`,"timestamp":"` + e.At.Format(time.RFC3339Nano) + `","data":`)
	b.Write(e.Data)
	b.WriteString(`}`)
	return b.Bytes()
}
