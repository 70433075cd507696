package check

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"sandbank/webhook"
)

// message is a webhook of the check's own.
type message struct {
	says   string // what is special about it
	kind   string // type of the event
	id     string // of the event
	body   []byte
	other  []byte // what is signed instead of the body; nil for the body
	secret string // "" for no signature
	age    time.Duration
}

// signed are the bytes under the signature.
func (m message) signed() []byte {
	if m.other != nil {
		return m.other
	}
	return m.body
}

// as is the message with something special about it.
func (m message) as(says, secret string) message {
	m.says, m.secret = says, secret
	return m
}

// send posts a webhook to the merchant's endpoint, and says how it was answered.
func (t *trial) send(ctx context.Context, m message) (status int, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Webhook, bytes.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", webhook.UserAgent)
	if err := t.speech.sign(q.Header, m); err != nil {
		return 0, err
	}
	began := time.Now()
	a, err := t.http.Do(q)
	took := time.Since(began)
	t.answered(took)
	if err != nil {
		t.note("check → shop", "webhook %s, %s → %v", m.kind, m.says, err)
		return 0, fmt.Errorf("check: the endpoint does not answer: %w", err)
	}
	_ = a.Body.Close()
	t.note("check → shop", "webhook %s, %s → %s in %s", m.kind, m.says, a.Status, took.Round(time.Millisecond))
	return a.StatusCode, nil
}

// accepted reports whether a status tells the sender that the webhook was taken.
func accepted(status int) bool { return status >= 200 && status < 300 }
