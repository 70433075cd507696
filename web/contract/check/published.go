package check

import "encoding/json"

// CheckPublished complains about a message that the contract does not allow for
// its type. A message of the merchants' exchange is an event, plain or as a
// CloudEvent; the type of every other one is the name of its schema.
func CheckPublished(exchange, kind string, body []byte) error {
	if exchange != "payment.events" {
		return CheckMessage(kind, body)
	}
	var cloud struct{ SpecVersion string }
	if json.Unmarshal(body, &cloud) == nil && cloud.SpecVersion != "" {
		return CheckMessage("cloudevent", body)
	}
	return CheckEvent(body)
}
