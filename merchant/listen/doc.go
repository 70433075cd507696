// Package listen brings a merchant's events to a receiver that no processor can
// reach, as on a developer's machine: it asks for them over the public API, signs
// each as a webhook, posts it, and says what came back.
//
//	processor ──▶ Source ──▶ Listener ──▶ Forwarder ──▶ http://localhost:3000/hooks
//	                           ▲  └─ a line for each
//	                  "resend" │
//
// Events are forwarded one at a time, in the order of their sequence, and at
// least once for as long as it listens: an answer that is lost brings the event
// again. One that is refused again and again is passed over, and said so; unlike
// a webhook it is not kept for later, but it can be sent again.
package listen

import (
	"crypto/hmac"
	"crypto/sha256"

	"sandbank/webhook"
)

// Secret is a signing secret that follows from a merchant's credentials: it is
// the same each time, so that a receiver is told once, and it says nothing about
// the credentials.
func Secret(id, credential string) string {
	mac := hmac.New(sha256.New, []byte(credential))
	mac.Write([]byte("sandbank webhook forwarding " + id))
	return webhook.Secret(mac.Sum(nil))
}
