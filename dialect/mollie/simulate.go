package mollie

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sandbank/dialect/simulate"
	"sandbank/payment"
	"sandbank/sim"
)

// simulated is what is to happen on purpose to a new payment: by the header, or by the metadata, from which it is taken, since
// it is an order and may name a test card.
func (c *call) simulated(capture payment.CaptureMode) (sim.Plan, error) {
	noted := map[string]string{}
	if text, given := c.order(); given {
		noted["metadata/"+simulate.Member] = text
	}
	return simulate.Read(c.request.Header, noted, capture)
}

// order takes an order out of the metadata: an object, or its JSON as a text, as forms and typed clients have it.
func (c *call) order() (text string, given bool) {
	var members map[string]jsontext.Value
	if !c.has("metadata") || json.Unmarshal(c.fields["metadata"], &members) != nil {
		return "", false
	}
	order, given := members[simulate.Member]
	if !given {
		return "", false
	}
	if json.Unmarshal(order, &text) != nil {
		text = string(order)
	}
	if delete(members, simulate.Member); len(members) == 0 {
		delete(c.fields, "metadata")
		return text, true
	}
	if rest, err := json.Marshal(members, json.Deterministic(true)); err == nil { // as it was read
		c.fields["metadata"] = rest
	}
	return text, true
}
