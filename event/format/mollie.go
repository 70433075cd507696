package format

import (
	"encoding/json"
	"errors"
	"net/url"

	"sandbank/event"
)

// MollieEvent is the data of an event in Mollie's dialect, of which the webhook says the identifier alone.
type MollieEvent struct {
	ID     string `json:"id"`         // of the payment, tr_…
	Status string `json:"status"`     // of the payment, in that API's words
	URL    string `json:"webhookUrl"` // where the payment wants it told
}

// MollieEventOf reads an event's data; the zero value for what is none.
func MollieEventOf(e event.Event) (m MollieEvent) {
	if json.Unmarshal(e.Data, &m) != nil {
		return MollieEvent{}
	}
	return m
}

// writeMollie writes the one parameter that such a webhook has: whoever gets it asks for the rest.
func writeMollie(e event.Event) []byte {
	return []byte(url.Values{"id": {MollieEventOf(e).ID}}.Encode())
}

func checkMollie(body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) != 1 || form.Get("id") == "" {
		return errors.New("format: the form has one parameter, id")
	}
	return nil
}
