package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sandbank/event"
)

// StripeVersion is the version of Stripe's API in whose shapes its dialect speaks.
const StripeVersion = "2026-08-26.dahlia"

// stripeEvent is an Event object of Stripe's API.
type stripeEvent struct {
	ID              string          `json:"id"`
	Object          string          `json:"object"`
	APIVersion      string          `json:"api_version"`
	Created         int64           `json:"created"` // seconds since 1970
	Data            json.RawMessage `json:"data"`
	Livemode        bool            `json:"livemode"`
	PendingWebhooks int             `json:"pending_webhooks"`
	Request         stripeRequest   `json:"request"`
	Type            string          `json:"type"`
}

// stripeRequest is null twice: which request caused an event is not kept with it.
type stripeRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

// StripeID is an identifier of this house as Stripe's clients know it: without the
// hyphens of its UUID.
func StripeID(id string) string { return strings.ReplaceAll(id, "-", "") }

// stripeNamed is the format of a name that may carry the version that events say they
// are of: "stripe/2025-08-27.basil". Their shapes are those of one version all the
// same.
func stripeNamed(name Name) (f Format, ok bool) {
	version, ok := strings.CutPrefix(string(name), string(Stripe)+"/")
	if !ok {
		return f, false
	}
	f = Of(Stripe)
	f.Name, f.Write = name, func(e event.Event) []byte { return writeStripeAs(e, version) }
	return f, true
}

// writeStripe writes an event whose data are {"object": …} already.
func writeStripe(e event.Event) []byte { return writeStripeAs(e, StripeVersion) }

func writeStripeAs(e event.Event, version string) []byte {
	body, err := json.Marshal(stripeEvent{
		ID: StripeID(e.ID), Object: "event", APIVersion: version, Created: e.At.Unix(), Data: e.Data, PendingWebhooks: 1, Type: e.Type,
	})
	if err != nil {
		panic("format: " + err.Error()) // data are an object by contract
	}
	return body
}

func checkStripe(body []byte) error {
	var e stripeEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if e.ID == "" || e.Object != "event" || e.Type == "" || e.Created == 0 || len(e.Data) == 0 || e.Data[0] != '{' {
		return errors.New("format: an Event object has an id, a type, the time of its creation and data")
	}
	return nil
}
