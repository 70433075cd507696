// Package webhook is telling a merchant's server over HTTP, as Standard
// Webhooks 1.0.0 describes: what an endpoint is, how a message is signed, when a
// delivery is tried again, and the worker that does it. A delivery is made in the
// transaction that makes its event; from then on it is tried until it is
// answered with 2xx or visibly exhausted, with the same webhook-id each time.
package webhook

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sandbank/event"
)

// Endpoint is where a merchant wants to be told.
type Endpoint struct {
	ID        string    `json:"id"` // whe_ + UUIDv7
	Merchant  string    `json:"merchant"`
	URL       string    `json:"url"`
	Secret    string    `json:"secret"`           // "whsec_" + base64 of the HMAC key
	Events    []string  `json:"events,omitempty"` // types it asked for; none means the default set
	Enabled   bool      `json:"enabled"`
	Note      string    `json:"note,omitempty"` // why it was disabled
	CreatedAt time.Time `json:"created_at"`
}

// SecretPrefix begins every signing secret (Standard Webhooks 1.0.0).
const SecretPrefix = "whsec_"

// Secret writes an HMAC key as a signing secret.
func Secret(key []byte) string { return SecretPrefix + base64.StdEncoding.EncodeToString(key) }

// quiet are the types an endpoint hears only if it asks for them by name.
var quiet = []string{event.PaymentPrefix + "processing", event.PaymentPrefix + "action_required", event.AttemptDeclined}

// Wants reports whether the endpoint is to hear an event of this type. Without
// a list it hears everything but the steps in between.
func (e Endpoint) Wants(eventType string) bool {
	switch {
	case !e.Enabled:
		return false
	case len(e.Events) == 0:
		return !slices.Contains(quiet, eventType)
	}
	return slices.Contains(e.Events, eventType) || slices.Contains(e.Events, "*")
}

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The delivery statuses.
const (
	Pending   DeliveryStatus = "pending"   // waits for its first or next try
	Delivered DeliveryStatus = "delivered" // answered with 2xx
	Exhausted DeliveryStatus = "exhausted" // out of tries, or the endpoint was disabled
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID       string // del_ + UUIDv7
	Endpoint Endpoint
	Event    event.Event
	Status   DeliveryStatus
	Tries    int       // tries so far
	NextAt   time.Time // of the next try, while pending
}

// Attempt is one try with what came of it.
type Attempt struct {
	Delivery string        `json:"delivery"`
	Number   int           `json:"number"` // from 1
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	Code     int           `json:"code"`     // HTTP status, 0 where there was no answer
	Error    string        `json:"error"`    // why there was none, or why 3xx counts as failure
	Response string        `json:"response"` // the first 1024 bytes of the answer's body
	// RetryAfter is how long the receiver asked to wait, at most an hour.
	RetryAfter time.Duration `json:"-"`
}

// The retry schedule: 7 tries over about 13 hours and a half. Each wait is
// spread by ±20 % so that a receiver that comes back is not met by all at once.
//
//	try    1   2    3     4      5    6    7
//	after  0   5s   1m    10m    1h   3h   9h
var waits = []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 9 * time.Hour}

// MaxTries is how often a delivery is tried in all.
var MaxTries = len(waits) + 1

// Wait is how long to wait after the given number of failed tries (from 1),
// and false where there is no other try. luck in [0,1) spreads it.
func Wait(tries int, luck float64) (time.Duration, bool) {
	if tries < 1 || tries > len(waits) {
		return 0, false
	}
	base := waits[tries-1]
	return base + time.Duration((luck*0.4-0.2)*float64(base)), true
}

// Luck is a default spread.
func Luck() float64 { return rand.Float64() }

// ValidSecret reports whether s has the form of a signing secret.
func ValidSecret(s string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, SecretPrefix))
	return strings.HasPrefix(s, SecretPrefix) && err == nil && len(key) >= 24 && len(key) <= 64
}
