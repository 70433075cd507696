package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// CloudEventType is the media type of a CloudEvent in the structured mode, as
// JSON (CloudEvents 1.0, JSON event format).
const CloudEventType = "application/cloudevents+json"

// Format is how an event is written down for those who listen.
type Format string

// The formats.
const (
	Plain  Format = "event"       // the body of every channel, [Event.Body]
	Clouds Format = "cloudevents" // a CloudEvent, [Event.CloudEvent]
)

// Write is the event in a format, with the media type.
func (f Format) Write(e Event) (body []byte, mediaType string) {
	if f == Clouds {
		return e.CloudEvent(), CloudEventType
	}
	return e.Body(), "application/json"
}

// Source is the stream that the event belongs to: one for each merchant, since
// the sequence counts for each of them from 1. It begins with the public URL of
// the processor when it made the event, which the data's own link tells, so that
// it is the same whoever sends the event, and whenever.
func (e Event) Source() string {
	base, _, _ := strings.Cut(e.about().Links.Self, "/v1/")
	return base + "/merchants/" + e.Merchant
}

// about is what the data says of what it is. Without a link the source is a
// relative reference, which is one as well.
func (e Event) about() (data struct {
	ID    string `json:"id"`
	Links struct {
		Self string `json:"self"`
	} `json:"links"`
},
) {
	_ = json.Unmarshal(e.Data, &data)
	return data
}

// Subject is what the event is about: the payment, or what the data is where that
// is something else.
func (e Event) Subject() string {
	if e.Payment != "" {
		return e.Payment
	}
	return e.about().ID
}

// CloudEvent is the event as a CloudEvent 1.0: id, type, time and data are those
// of [Event.Body]. The type has no prefix of an organization's domain: there is
// none, and one word for a thing is worth more. The sequence is padded with zeros,
// because the extension of that name is compared as text.
func (e Event) CloudEvent() []byte {
	source, err := json.Marshal(e.Source())
	if err != nil {
		panic("event: " + err.Error()) // text always encodes
	}
	b := bytes.NewBuffer(make([]byte, 0, len(e.Data)+400))
	_, _ = fmt.Fprintf(b, `{"specversion":"1.0","id":"%s","source":%s,"type":"%s","subject":"%s","time":"%s",`,
		e.ID, source, e.Type, e.Subject(), e.At.Format(time.RFC3339Nano))
	_, _ = fmt.Fprintf(b, `"datacontenttype":"application/json","sequence":"%010d","sequencetype":"Integer","data":`, e.Sequence)
	b.Write(e.Data)
	b.WriteString(`}`)
	return b.Bytes()
}

// Parse reads what [Event.Body] wrote. Merchant and payment are not in it.
func Parse(body []byte) (Event, error) {
	var e struct {
		ID       string          `json:"id"`
		Type     string          `json:"type"`
		Sequence int64           `json:"sequence"`
		At       time.Time       `json:"timestamp"`
		Data     json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, fmt.Errorf("event: %w", err)
	}
	return Event{ID: e.ID, Type: e.Type, Sequence: e.Sequence, At: e.At, Data: e.Data}, nil
}
