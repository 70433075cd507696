package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// HeaderStripe carries the signature of a message in Stripe's dialect: t=, the time
// in seconds since 1970, and v1=, the HMAC-SHA256 over "time.body" in hexadecimal
// digits, once for each key. The key is the secret as it is written, whsec_ and all.
const HeaderStripe = "Stripe-Signature"

// DialectStripe names Stripe's dialect in an endpoint.
const DialectStripe = "stripe"

// StripeBody is the body of an endpoint whose events say that they are of a version
// of Stripe's API.
func StripeBody(version string) Body { return BodyStripe + "/" + Body(version) }

// StripeVersion is the version of such a body; "" for any other.
func (b Body) StripeVersion() string {
	version, _ := strings.CutPrefix(string(b), string(BodyStripe)+"/")
	if version == string(b) {
		return ""
	}
	return version
}

const (
	stripeTime = "t="
	stripeV1   = ",v1="
)

// signature signs a message as the endpoint's API does.
func (e Endpoint) signature(id string, at time.Time, body []byte) (string, error) {
	switch e.Dialect {
	case DialectStripe:
		return e.signStripe(at, body), nil
	case DialectMollie:
		return "", nil
	}
	return e.Sign(id, at, body)
}

func (e Endpoint) signStripe(at time.Time, body []byte) string {
	secrets := []string{e.Keys.Secret.Reveal()}
	if e.Former != nil {
		secrets = append(secrets, e.Former.Keys.Secret.Reveal())
	}
	return SignStripe(at, body, secrets...)
}

// SignStripe is the value of [HeaderStripe] for a message that is signed with secrets.
func SignStripe(at time.Time, body []byte, secrets ...string) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s%d", stripeTime, at.Unix())
	for _, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s))
		_, _ = fmt.Fprintf(mac, "%d.", at.Unix())
		_, _ = mac.Write(body)
		b.WriteString(stripeV1 + hex.EncodeToString(mac.Sum(nil)))
	}
	return b.String()
}

// brokenStripe is a signature that fits nothing, of the form of one that does.
func brokenStripe(signature string) string {
	parts := strings.Split(signature, stripeV1)
	for i, p := range parts[1:] {
		first := "0"
		if strings.HasPrefix(p, first) {
			first = "1"
		}
		parts[i+1] = first + p[1:]
	}
	return strings.Join(parts, stripeV1)
}

// ofStripe reports whether the request went out in Stripe's dialect: the signature
// says so.
func (r Request) ofStripe() bool { return strings.HasPrefix(r.Signature, stripeTime) }

// stripeHead is the head of a request in Stripe's dialect.
func (a Attempt) stripeHead() []Header {
	head := []Header{{"Content-Type", BodyStripe.ContentType()}, {"User-Agent", UserAgent}, {HeaderStripe, a.Request.Signature}}
	if a.Edited() {
		head = append(head, Header{HeaderEdited, "true"})
	}
	return head
}
