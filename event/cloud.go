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

// Source returns the stream that the event belongs to. Each merchant has a
// stream, since its sequence counts from 1. The source begins with the
// processor's public URL at the time of the event, which the link in the data
// shows, so that it does not depend on who sends the event, or when.
func (e Event) Source() string {
	base, _, _ := strings.Cut(e.about().Links.Self, "/v1/")
	return base + "/merchants/" + e.Merchant
}

// about reads from the data which thing the event is about. Without a link the
// source is a relative reference, which is valid as well.
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

// Subject returns the id of the event's object: the payment, or the thing in the
// data if that is another one.
func (e Event) Subject() string {
	if e.Payment != "" {
		return e.Payment
	}
	return e.about().ID
}

// CloudEvent returns the event as a CloudEvent 1.0: id, type, time and data are
// those of [Event.Body]. The type has no prefix of an organization's domain:
// Sandbank has none, and the types are the same in every format. The sequence is
// padded with zeros, because the extension of that name is compared as text.
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

// Parse reads the output of [Event.Body]. Merchant and payment are not in it.
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
