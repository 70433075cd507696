// Package listen forwards a merchant's events to a receiver that no processor
// can reach, for example on a developer's machine: it reads them over the public
// API, signs each as a webhook, posts it, and reports the answer.
//
//	processor ──▶ Source ──▶ Listener ──▶ Forwarder ──▶ http://localhost:3000/hooks
//	                           ▲  └─ a line for each
//	                  "resend" │
//
// Events are forwarded one at a time, in the order of their sequence, and at
// least once while the listener runs: if an answer is lost, the event comes
// again. An event that is refused again and again is reported and skipped;
// unlike a webhook it is not kept for later, but a person can send it again.
package listen

import (
	"crypto/hmac"
	"crypto/sha256"

	"sandbank/webhook"
)

// Secret returns a signing secret that is computed from a merchant's
// credentials. It is the same each time, so that a receiver is configured once,
// and it does not reveal the credentials.
func Secret(id, credential string) string {
	mac := hmac.New(sha256.New, []byte(credential))
	mac.Write([]byte("sandbank webhook forwarding " + id))
	return webhook.Secret(mac.Sum(nil))
}
