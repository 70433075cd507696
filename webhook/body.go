package webhook

import (
	"encoding/json"
	"regexp"

	"sandbank/event"
)

// Body is how much of an event an endpoint is sent.
type Body string

// The bodies.
const (
	BodyFull Body = "full" // the event, the same bytes as on every other channel
	BodyThin Body = "thin" // the event's type and the payment's id
	// BodyCloudEvents is a CloudEvent 1.0 in the structured mode, whole.
	BodyCloudEvents Body = "cloudevents"
)

// BodyEdited marks an attempt whose body somebody changed by hand. No endpoint
// has it.
const BodyEdited Body = "edited"

// Bodies lists what an endpoint may choose.
func Bodies() []Body { return []Body{BodyFull, BodyThin, BodyCloudEvents} }

// ContentType is the body's media type.
func (b Body) ContentType() string {
	if b == BodyCloudEvents {
		return event.CloudEventType
	}
	return "application/json"
}

// Write is the event as such a body has it. It is the same at every try.
func (b Body) Write(e event.Event) []byte {
	switch b {
	case BodyThin:
		e.Data = thin(e.Data)
	case BodyCloudEvents:
		return e.CloudEvent()
	case BodyFull, BodyEdited:
	}
	return e.Body()
}

// thin leaves what identifies the data, its status if it has one, and where to
// read it.
func thin(data json.RawMessage) json.RawMessage {
	var kept struct {
		ID     string `json:"id"`
		Status string `json:"status,omitempty"`
		Links  struct {
			Self string `json:"self,omitempty"`
		} `json:"links,omitzero"`
	}
	if json.Unmarshal(data, &kept) != nil {
		return json.RawMessage(`{}`) // data is an object by contract; nothing is told rather than too much
	}
	out, _ := json.Marshal(kept) // strings always encode
	return out
}

// validID is the form of a webhook-id: no dot, which parts it from the timestamp
// in what is signed.
var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// editedSays is what an edited body says about itself.
type editedSays struct {
	ID          string `json:"id"`
	SpecVersion string `json:"specversion"` // of a CloudEvent
}

// messageID is the webhook-id of a request: the event's, save where an edited
// body has an id of its own, so that a receiver which drops what it has seen
// takes the edited one for new.
func messageID(e event.Event, r Request) string {
	var says editedSays
	if r.Body != BodyEdited || json.Unmarshal([]byte(r.Edited), &says) != nil || !validID.MatchString(says.ID) {
		return e.ID
	}
	return says.ID
}

// contentType is the media type of a request's body. An edited CloudEvent is one
// still, if it says so.
func (r Request) contentType() string {
	var says editedSays
	if r.Body == BodyEdited && json.Unmarshal([]byte(r.Edited), &says) == nil && says.SpecVersion != "" {
		return BodyCloudEvents.ContentType()
	}
	return r.Body.ContentType()
}
