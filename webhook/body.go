package webhook

import (
	"encoding/json"
	"regexp"

	"sandbank/event"
	"sandbank/event/format"
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

// BodyEdited marks an attempt whose body was edited by hand. No endpoint has
// it.
const BodyEdited Body = "edited"

// BodyStripe is an Event object of Stripe's API, for endpoints of that dialect.
const BodyStripe = Body(format.Stripe)

// BodyMollie is an identifier alone, for endpoints of Mollie's dialect.
const BodyMollie = Body(format.Mollie)

// Bodies lists what an endpoint may choose: every format of this house's own events.
func Bodies() (list []Body) {
	for _, f := range format.All() {
		if f.Dialect != "" {
			continue
		}
		if f.Name == format.Plain {
			list = append(list, BodyFull)
			continue
		}
		list = append(list, Body(f.Name))
	}
	return list
}

// format is the one in which the body is written. A full body is the plain event,
// and so is one that is going to be edited.
func (b Body) format() format.Format {
	if f, ok := format.Find(format.Name(b)); ok {
		return f
	}
	return format.Of(format.Plain)
}

// ContentType is the body's media type.
func (b Body) ContentType() string { return b.format().MediaType }

// Write is the event as such a body has it. It is the same at every try.
func (b Body) Write(e event.Event) []byte { return b.format().Write(e) }

// validID is the form of a webhook-id: no dot, which parts it from the timestamp
// in what is signed.
var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// editedSays is what an edited body says about itself.
type editedSays struct {
	ID          string `json:"id"`
	SpecVersion string `json:"specversion"` // of a CloudEvent
}

// messageID is the webhook-id of a request: the event's, unless an edited body
// has an id of its own, so that a receiver which drops repeats takes the edited
// one for new.
func messageID(e event.Event, r Request) string {
	var says editedSays
	if r.Body != BodyEdited || json.Unmarshal([]byte(r.Edited), &says) != nil || !validID.MatchString(says.ID) {
		return e.ID
	}
	return says.ID
}

// contentType is the media type of a request's body. An edited CloudEvent is
// still one if its body says so.
func (r Request) contentType() string {
	var says editedSays
	if r.Body == BodyEdited && json.Unmarshal([]byte(r.Edited), &says) == nil && says.SpecVersion != "" {
		return BodyCloudEvents.ContentType()
	}
	return r.Body.ContentType()
}
