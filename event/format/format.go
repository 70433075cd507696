// Package format is the one list of the ways in which an event is written down
// for those who listen. Webhooks, AMQP and logs such as Kafka choose from it: a
// new format is one entry here, and all of them can have it.
//
//	event ──▶ format ──┬──▶ webhook, by the endpoint's choice
//	                   ├──▶ AMQP, by the processor's
//	                   └──▶ a log, by the log's
package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sandbank/event"
)

// Name is what a format is called in settings and by endpoints.
type Name string

// The formats.
const (
	Plain  Name = "event"       // the event, the same bytes on every channel
	Thin   Name = "thin"        // what happened to what, and where to read the rest
	Clouds Name = "cloudevents" // a CloudEvent 1.0 in the structured mode
	Stripe Name = "stripe"      // an Event object as Stripe has it
	Mollie Name = "mollie"      // the identifier alone, as Mollie has it
)

// Format is one way to write an event.
type Format struct {
	Name      Name
	MediaType string
	// Write writes an event, the same bytes each time.
	Write func(event.Event) []byte
	// Check reports why a body is not of this format.
	Check func(body []byte) error
	// Whole formats hold all of the event. Who listens to AMQP or a log is offered
	// those alone: with a message at hand, nobody should have to ask for the rest.
	Whole bool
	// Dialect is the API whose events it writes, to that API's listeners alone; "" for
	// this house's own.
	Dialect string
}

var formats = []Format{
	{Name: Plain, MediaType: "application/json", Write: event.Event.Body, Check: checkPlain, Whole: true},
	{Name: Thin, MediaType: "application/json", Write: writeThin, Check: checkPlain},
	{Name: Clouds, MediaType: event.CloudEventType, Write: event.Event.CloudEvent, Check: checkCloud, Whole: true},
	{Name: Stripe, MediaType: "application/json; charset=utf-8", Write: writeStripe, Check: checkStripe, Dialect: "stripe"},
	{Name: Mollie, MediaType: "application/x-www-form-urlencoded", Write: writeMollie, Check: checkMollie, Dialect: "mollie"},
}

// All lists every format.
func All() []Format { return slices.Clone(formats) }

// Whole lists the names of those that hold all of an event.
func Whole() (names []Name) {
	for _, f := range formats {
		if f.Whole {
			names = append(names, f.Name)
		}
	}
	return names
}

// Find finds a format by its name; "" is [Plain].
func Find(name Name) (Format, bool) {
	if name == "" {
		name = Plain
	}
	if f, ok := stripeNamed(name); ok {
		return f, true
	}
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

// Of is Find for a name that is known to be in the list; it panics on another.
func Of(name Name) Format {
	f, ok := Find(name)
	if !ok {
		panic(fmt.Sprintf("format: there is no format %q", name))
	}
	return f
}

// writeThin leaves of the data what identifies it, its status if it has one, and
// where to read it.
func writeThin(e event.Event) []byte {
	var kept struct {
		ID     string `json:"id"`
		Status string `json:"status,omitempty"`
		Links  struct {
			Self string `json:"self,omitempty"`
		} `json:"links,omitzero"`
	}
	if json.Unmarshal(e.Data, &kept) != nil {
		e.Data = json.RawMessage(`{}`) // data is an object by contract; nothing is told rather than too much
		return e.Body()
	}
	e.Data, _ = json.Marshal(kept) // strings always encode
	return e.Body()
}

func checkPlain(body []byte) error {
	e, err := event.Parse(body)
	if err != nil {
		return err
	}
	if e.ID == "" || e.Type == "" || e.Sequence < 1 || e.At.IsZero() || len(e.Data) == 0 || e.Data[0] != '{' {
		return errors.New("format: an event has an id, a type, a sequence, a timestamp and data")
	}
	return nil
}

func checkCloud(body []byte) error {
	var c struct {
		SpecVersion, ID, Source, Type string
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if c.SpecVersion != "1.0" || c.ID == "" || c.Source == "" || c.Type == "" {
		return errors.New("format: a CloudEvent has the specversion 1.0, an id, a source and a type")
	}
	return nil
}
