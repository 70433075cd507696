package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks 1.0.0.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// HeaderEdited marks a message whose body was edited by hand.
const HeaderEdited = "Sandbank-Edited"

// UserAgent is what webhooks call themselves.
const UserAgent = "Sandbank-Webhooks/1"

// Tolerance is how far a timestamp may be off before a receiver refuses it.
const Tolerance = 5 * time.Minute

// signed is what is signed: "id.timestamp.body".
func signed(id string, at time.Time, body []byte) []byte {
	b := make([]byte, 0, len(id)+len(body)+16)
	b = append(b, id...)
	b = append(b, '.')
	b = strconv.AppendInt(b, at.Unix(), 10)
	b = append(b, '.')
	return append(b, body...)
}

// Sign is the "v1" signature: base64 HMAC-SHA256 over "id.timestamp.body" with
// the secret's key.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, SecretPrefix))
	if err != nil {
		return "", fmt.Errorf("webhook: the secret is not %s + base64: %w", SecretPrefix, err)
	}
	return v1(key, signed(id, at, nil), body), nil
}

// v1 signs content that comes in parts.
func v1(key []byte, content ...[]byte) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range content {
		mac.Write(part)
	}
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// SignKey is the "v1a" signature: base64 ed25519 over "id.timestamp.body" with a
// private key as [NewKey] writes it.
func SignKey(key, id string, at time.Time, body []byte) (string, error) {
	private, ok := readKey(keyPrefix, key, ed25519.PrivateKeySize)
	if !ok {
		return "", errors.New("webhook: the private key is not " + keyPrefix + " + base64 of 64 bytes")
	}
	return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(private, signed(id, at, body))), nil
}

// Sign makes the signature header of a message: one signature for each scheme of
// the endpoint and each of its keys, the current ones first, separated by spaces.
func (e Endpoint) Sign(id string, at time.Time, body []byte) (string, error) {
	keys := []Keys{e.Keys}
	if e.Former != nil {
		keys = append(keys, e.Former.Keys)
	}
	var all []string
	for _, k := range keys {
		if e.Signature != SignatureEd25519 {
			one, err := Sign(k.Secret.Reveal(), id, at, body)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
		if e.Signature == SignatureEd25519 || e.Signature == SignatureBoth {
			one, err := SignKey(k.Key.Reveal(), id, at, body)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
	}
	return strings.Join(all, " "), nil
}

// Verify checks a received message: one of its signatures fits the key, and its
// timestamp is within [Tolerance] of now. The key is the endpoint's secret
// ("whsec_…", for v1 signatures) or public key ("whpk_…", for v1a).
func Verify(key string, h http.Header, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil {
		return fmt.Errorf("webhook: %s is missing or not a number", HeaderTimestamp)
	}
	at := time.Unix(seconds, 0)
	if d := now.Sub(at); d > Tolerance || d < -Tolerance {
		return fmt.Errorf("webhook: the timestamp is %s off; %s are allowed", d.Round(time.Second), Tolerance)
	}
	fits, err := fitting(key, signed(h.Get(HeaderID), at, body))
	if err != nil {
		return err
	}
	for got := range strings.FieldsSeq(h.Get(HeaderSignature)) {
		if fits(got) {
			return nil
		}
	}
	return fmt.Errorf("webhook: no signature fits the key, the headers and the body")
}

// fitting makes the test whether a signature is that of content by the key.
func fitting(key string, content []byte) (func(signature string) bool, error) {
	if strings.HasPrefix(key, publicKeyPrefix) {
		public, ok := readKey(publicKeyPrefix, key, ed25519.PublicKeySize)
		if !ok {
			return nil, errors.New("webhook: the public key is not " + publicKeyPrefix + " + base64 of 32 bytes")
		}
		return func(s string) bool {
			text, ok := strings.CutPrefix(s, "v1a,")
			signature, err := base64.StdEncoding.DecodeString(text)
			return ok && err == nil && ed25519.Verify(public, content, signature)
		}, nil
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, SecretPrefix))
	if err != nil {
		return nil, fmt.Errorf("webhook: the secret is not %s + base64: %w", SecretPrefix, err)
	}
	want := v1(secret, content)
	return func(s string) bool { return hmac.Equal([]byte(s), []byte(want)) }, nil
}
