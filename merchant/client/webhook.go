package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"sandbank/webhook"
)

// Event is one thing that happened to a payment.
type Event struct {
	ID string `json:"id"` // the same each time the event comes, on every channel
	// Type is "payment." and the status, "attempt.declined", or an event of a later
	// step: "refund.succeeded", "dispute.opened".
	Type string `json:"type"`
	// Sequence counts the merchant's events without gaps. Webhooks may come out
	// of order: of two events about a payment, the higher one is the newer.
	Sequence  int64           `json:"sequence"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
	// Body is the whole event as it came, byte for byte.
	Body json.RawMessage `json:"-"`
}

// UnmarshalJSON implements [json.Unmarshaler].
func (e *Event) UnmarshalJSON(b []byte) error {
	type plain Event // without this method
	if err := jsonv2.Unmarshal(b, (*plain)(e)); err != nil {
		return err
	}
	e.Body = bytes.Clone(b)
	return nil
}

// Read decodes the event's object.
func (e Event) Read(into any) error { return json.Unmarshal(e.Data, into) }

// AboutPayment reports whether the event carries a payment.
func (e Event) AboutPayment() bool {
	kind, _, _ := strings.Cut(e.Type, ".")
	return slices.Contains([]string{"payment", "attempt", "capture", "void", "refund", "dispute"}, kind)
}

// Payment is the payment as it was when the event was made.
func (e Event) Payment() (Payment, error) {
	var p Payment
	if !e.AboutPayment() {
		return p, fmt.Errorf("client: a %s event carries no payment", e.Type)
	}
	err := jsonv2.Unmarshal(e.Data, &p)
	return p, err
}

// Webhook receives webhooks whose signature fits the secret; see [Receiver].
func Webhook(secret string, handle func(context.Context, Event) error) http.Handler {
	return Receiver{Secrets: []string{secret}, Handle: handle}
}

// Receiver is an HTTP handler for webhooks (Standard Webhooks 1.0.0). It reads
// a bounded body, verifies signature and timestamp over the bytes that came,
// and answers 2xx only once Handle has returned nil. On anything else the
// processor sends the event again, later.
//
// An event may come more than once: when an answer is lost, or was too slow. A
// handler must drop events that it has seen, by [Event.ID], and keep the id in
// the same transaction as the event's effect.
type Receiver struct {
	// Secrets are the endpoint's, "whsec_…", or its public keys, "whpk_…". While
	// they are being replaced there are two, and either will do.
	Secrets []string
	// Handle takes a verified event. It should be quick: a processor waits for
	// seconds, not minutes.
	Handle func(context.Context, Event) error
	// Refused, if set, hears why a request was refused or failed, for a log.
	Refused func(*http.Request, error)
	// MaxBody bounds the body, in bytes; 0 is 256 KiB.
	MaxBody int64
}

const maxEvent = 256 << 10

// ServeHTTP implements [http.Handler].
func (rc Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := rc.receive(w, r)
	if err != nil && rc.Refused != nil {
		rc.Refused(r, err)
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	// The body stays empty: it must teach a forger nothing.
	w.WriteHeader(status)
}

func (rc Receiver) receive(w http.ResponseWriter, r *http.Request) (int, error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, fmt.Errorf("client: a webhook is a POST, not a %s", r.Method)
	}
	limit := rc.MaxBody
	if limit <= 0 {
		limit = maxEvent
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	if err := rc.verify(r.Header, body); err != nil {
		return http.StatusUnauthorized, err
	}
	var e Event
	if err := jsonv2.Unmarshal(body, &e); err != nil {
		return http.StatusBadRequest, fmt.Errorf("client: a signed webhook is not an event: %w", err)
	}
	// The header's id is signed, the body's is too: they must not differ, or
	// dropping duplicates by one would miss the other.
	if e.ID == "" || e.ID != r.Header.Get(webhook.HeaderID) {
		return http.StatusBadRequest, errors.New("client: the event's id is not the webhook's")
	}
	if err := rc.Handle(r.Context(), e); err != nil {
		return http.StatusInternalServerError, err
	}
	return http.StatusNoContent, nil
}

// verify takes the computer's time on purpose: a timestamp guards against
// replayed messages, even where a simulation shows another time.
func (rc Receiver) verify(h http.Header, body []byte) error {
	err := errors.New("client: there is no valid secret to verify with; it must be whsec_ and 24 to 64 bytes in base64")
	for _, secret := range rc.Secrets {
		// An empty secret would be a key that everybody knows.
		if !webhook.ValidSecret(secret) && !webhook.ValidPublicKey(secret) {
			continue
		}
		if err = webhook.Verify(secret, h, body, time.Now()); err == nil {
			return nil
		}
	}
	return err
}
