package webhook

import (
	"slices"
	"time"

	"sandbank/event"
	"sandbank/event/format"
)

// DialectMollie names Mollie's dialect in an endpoint. Its webhooks go to the address that the payment names, are not
// signed, and say an identifier alone.
const DialectMollie = "mollie"

// mollieWaits are the waits between Mollie's ten tries, which take 26 hours (docs.mollie.com/reference/webhooks). They are
// not spread.
var mollieWaits = []time.Duration{
	time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 29 * time.Minute, time.Hour, 2 * time.Hour, 22 * time.Hour,
}

// MollieSchedule lists the waits: the n-th comes after n failed tries.
func MollieSchedule() []time.Duration { return slices.Clone(mollieWaits) }

// For is the endpoint with the address to which this event goes: in Mollie's dialect each payment names its own.
func (e Endpoint) For(ev event.Event) Endpoint {
	if e.Dialect == DialectMollie {
		e.URL = format.MollieEventOf(ev).URL
	}
	return e
}

// Wait is [Wait] by the schedule of the endpoint's API.
func (e Endpoint) Wait(tries int, luck float64) (time.Duration, bool) {
	if e.Dialect != DialectMollie {
		return Wait(tries, luck)
	}
	if tries < 1 || tries > len(mollieWaits) {
		return 0, false
	}
	return mollieWaits[tries-1], true
}

// MaxTries is how often a delivery to the endpoint is tried in all.
func (e Endpoint) MaxTries() int {
	if e.Dialect == DialectMollie {
		return len(mollieWaits) + 1
	}
	return MaxTries
}

// gone reports whether 410 disables the endpoint: not one that stands for the addresses of many payments.
func (e Endpoint) gone(code int) bool { return code == 410 && e.Dialect != DialectMollie }

// unsigned reports whether the request went out without a signature, in Mollie's dialect.
func (r Request) unsigned() bool { return r.Signature == "" }

// mollieHead is the head of a request in Mollie's dialect.
func (a Attempt) mollieHead() []Header {
	head := []Header{{"Content-Type", BodyMollie.ContentType()}, {"User-Agent", UserAgent}, {"Accept", "*/*"}}
	if a.Edited() {
		head = append(head, Header{HeaderEdited, "true"})
	}
	return head
}
