package stripe

import (
	"sandbank/dialect/simulate"
	"sandbank/payment"
	"sandbank/sim"
)

// simulated is what is to happen on purpose to a new payment: by the header, or by the metadata, from which it is taken, since
// it is an order and may name a test card. Maps are the metadata by the parameter that has them.
func (c *call) simulated(capture payment.CaptureMode, maps map[string]map[string]string) (sim.Plan, error) {
	noted := map[string]string{}
	for at, m := range maps {
		if text, given := m[simulate.Member]; given {
			noted[at+"/"+simulate.Member] = text
			delete(m, simulate.Member)
		}
	}
	return simulate.Read(c.request.Header, noted, capture)
}

// tooLate complains about an order in the metadata of a payment that was made before.
func (c *call) tooLate(metadata map[string]string) {
	if _, given := metadata[simulate.Member]; given {
		c.complain(invalid("simulate_too_late", "metadata["+simulate.Member+"]",
			"What is to happen on purpose is said when the payment is made. Later, order it with POST /sim/payments/{id}/simulate of Sandbank's own API."))
	}
}
