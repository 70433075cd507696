package check

import "encoding/json"

// CheckPublished complains about a message that is not what the contract says
// of its type. A message of the merchants' exchange is an event, plain or as a
// CloudEvent; every other one has its name for a type.
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
