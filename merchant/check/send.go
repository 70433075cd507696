package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"sandbank/merchant/client"
	"sandbank/webhook"
)

// message is a webhook of the check's own.
type message struct {
	says   string // what is special about it
	id     string // of the event
	body   []byte
	secret string // "" for no signature
	age    time.Duration
}

// event is an event that says a payment is captured, as Sandbank would write it; data is what it tells.
func event(p client.Payment, data any) (id string, body []byte, err error) {
	fresh, err := uuid.NewV7()
	if err != nil {
		return "", nil, err
	}
	id = "evt_" + fresh.String()
	body, err = json.Marshal(map[string]any{"id": id, "type": "payment.captured", "sequence": 1, "timestamp": p.CreatedAt.Format(time.RFC3339Nano), "data": data})
	return id, body, err
}

// claim is the whole payment, as if it were captured.
func claim(p client.Payment) client.Payment {
	p.Status, p.CapturedAmount = client.Captured, p.Amount
	return p
}

// send posts a webhook to the merchant's endpoint, and says how it was answered.
func (t *trial) send(ctx context.Context, m message) (status int, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Webhook, bytes.NewReader(m.body))
	if err != nil {
		return 0, err
	}
	at := time.Now().Add(-m.age)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", webhook.UserAgent)
	q.Header.Set(webhook.HeaderID, m.id)
	q.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	if m.secret != "" {
		signature, err := webhook.Sign(m.secret, m.id, at, m.body)
		if err != nil {
			return 0, err
		}
		q.Header.Set(webhook.HeaderSignature, signature)
	}
	began := time.Now()
	a, err := t.http.Do(q)
	took := time.Since(began)
	t.answered(took)
	if err != nil {
		t.note("check → shop", "webhook payment.captured, %s → %v", m.says, err)
		return 0, fmt.Errorf("check: the endpoint does not answer: %w", err)
	}
	_ = a.Body.Close()
	t.note("check → shop", "webhook payment.captured, %s → %s in %s", m.says, a.Status, took.Round(time.Millisecond))
	return a.StatusCode, nil
}

// accepted reports whether a status tells the sender that the webhook was taken.
func accepted(status int) bool { return status >= 200 && status < 300 }
