package webhook

import (
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sandbank/event"
	"sandbank/secret"
)

// Endpoint is where a merchant wants to be told.
type Endpoint struct {
	ID          string            `json:"id"` // whe_ + UUIDv7
	Merchant    string            `json:"merchant"`
	URL         string            `json:"url"`
	Description string            `json:"description,omitempty"` // the merchant's own words
	Events      []string          `json:"events,omitempty"`      // types it asked for; none means the default set
	Body        Body              `json:"body,omitempty"`        // "" for full
	Signature   Signature         `json:"signature,omitempty"`   // "" for HMAC
	Keys                          // the present signing keys
	Dialect     string            `json:"dialect,omitempty"`  // another API, in whose events it is told; "" for this house's own
	Metadata    map[string]string `json:"metadata,omitempty"` // of a dialect that has it
	Former      *Former           `json:"former,omitempty"`   // the former signing keys, while they still count
	Enabled     bool              `json:"enabled"`
	Note        string            `json:"note,omitempty"` // why it was disabled
	CreatedAt   time.Time         `json:"created_at"`
}

// Keys are an endpoint's signing keys, one of each scheme.
type Keys struct {
	Secret secret.Kept `json:"secret"`        // "whsec_" + base64 of the HMAC key
	Key    secret.Kept `json:"key,omitempty"` // "whsk_" + base64 of the ed25519 private key
}

// Format implements [fmt.Formatter]: what an endpoint is, without its keys.
func (e Endpoint) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s of %q: %q, %q, events %q, %s %s, enabled %t, %q, former keys %t}",
		e.ID, e.Merchant, e.URL, e.Description, e.Events, e.Body, e.Signature, e.Enabled, e.Note, e.Former != nil)
}

// LogValue implements [slog.LogValuer]: keys are part of the JSON that is stored,
// and a log may write JSON.
func (e Endpoint) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", e.ID), slog.String("merchant", e.Merchant), slog.String("url", e.URL), slog.Bool("enabled", e.Enabled))
}

// Former are keys that were replaced.
type Former struct {
	Keys
	Until time.Time `json:"until"` // messages carry their signatures until then
}

// Overlap is how long messages carry the signatures of replaced keys, too.
const Overlap = 24 * time.Hour

// Signature is which schemes an endpoint's messages are signed with.
type Signature string

// The signatures.
const (
	SignatureHMAC    Signature = "hmac"    // v1: HMAC-SHA256 with the shared secret
	SignatureEd25519 Signature = "ed25519" // v1a: verifying needs no secret
	SignatureBoth    Signature = "both"
)

// Signatures lists them.
func Signatures() []Signature { return []Signature{SignatureHMAC, SignatureEd25519, SignatureBoth} }

// The prefixes of written keys (Standard Webhooks 1.0.0).
const (
	SecretPrefix    = "whsec_"
	publicKeyPrefix = "whpk_"
	keyPrefix       = "whsk_"
)

// Secret writes an HMAC key as a signing secret.
func Secret(key []byte) string { return SecretPrefix + base64.StdEncoding.EncodeToString(key) }

// NewKey writes the ed25519 private key of a seed of 32 bytes.
func NewKey(seed []byte) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(seed))
}

// PublicKey writes the key that others verify v1a signatures with, "" where
// there is none.
func (k Keys) PublicKey() string {
	private, ok := readKey(keyPrefix, k.Key.Reveal(), ed25519.PrivateKeySize)
	if !ok {
		return ""
	}
	return publicKeyPrefix + base64.StdEncoding.EncodeToString(private[ed25519.SeedSize:])
}

// readKey reads a written key of a size.
func readKey(prefix, s string, size int) (key []byte, ok bool) {
	text, ok := strings.CutPrefix(s, prefix)
	key, err := base64.StdEncoding.DecodeString(text)
	return key, ok && err == nil && len(key) == size
}

// ValidSecret reports whether s has the form of a signing secret.
func ValidSecret(s string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, SecretPrefix))
	return strings.HasPrefix(s, SecretPrefix) && err == nil && len(key) >= 24 && len(key) <= 64
}

// ValidPublicKey reports whether s has the form of an ed25519 public key.
func ValidPublicKey(s string) bool {
	_, ok := readKey(publicKeyPrefix, s, ed25519.PublicKeySize)
	return ok
}

// Rotate replaces the endpoint's keys. The old ones count for [Overlap] more;
// those that were replaced before are dropped at once.
func (e *Endpoint) Rotate(to Keys, now time.Time) {
	e.Former = &Former{Keys: e.Keys, Until: now.Add(Overlap)}
	e.Keys = to
}

// At is the endpoint as it signs at an instant: without former keys whose time
// is over.
func (e Endpoint) At(now time.Time) Endpoint {
	if e.Former != nil && !now.Before(e.Former.Until) {
		e.Former = nil
	}
	return e
}

// Chosen is the endpoint with the usual body and signature where it chose none.
func (e Endpoint) Chosen() Endpoint {
	e.Body, e.Signature = cmp.Or(e.Body, BodyFull), cmp.Or(e.Signature, SignatureHMAC)
	return e
}

// quiet are the types an endpoint hears only if it asks for them by name.
var quiet = []string{event.PaymentProcessing, event.PaymentActionRequired, event.AttemptDeclined}

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
