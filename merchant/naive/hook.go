package naive

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/merchant/rule"
	"sandbank/webhook"
)

// maxEvent bounds a webhook, in bytes.
const maxEvent = 256 << 10

// hook receives webhooks.
func (s *Shop) hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	const slowOnes = 10 // of so many, one is slow, as after a cold start
	if s.breaks[rule.Fast] && s.heard.Add(1)%slowOnes == 1 && clock.Pause(r.Context(), s.Slowness) != nil {
		return
	}
	if s.Stripe != nil {
		w.WriteHeader(s.stripeHook(r.Header, body))
		return
	}
	if err := s.verify(r.Header, body); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var e client.Event
	if err := json.Unmarshal(body, &e); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := s.take(r.Context(), e); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// verify checks the signature and its age, save what is switched off.
func (s *Shop) verify(h http.Header, body []byte) error {
	seconds, err := strconv.ParseInt(h.Get(webhook.HeaderTimestamp), 10, 64)
	if err != nil {
		return err
	}
	now := clock.Real{}.Now()
	if s.breaks[rule.Timestamp] {
		now = time.Unix(seconds, 0)
	}
	secret, signed := s.Secret, h
	if s.breaks[rule.Signature] {
		// Only the age is looked at: the message is signed here, and so fits.
		signed = h.Clone()
		fits, err := webhook.Sign(secret, h.Get(webhook.HeaderID), time.Unix(seconds, 0), body)
		if err != nil {
			return err
		}
		signed.Set(webhook.HeaderSignature, fits)
	}
	return webhook.Verify(secret, signed, body, now)
}

// take notes an event, and fetches the payment where the body is thin.
func (s *Shop) take(ctx context.Context, e client.Event) error {
	if !e.AboutPayment() {
		return nil
	}
	p, err := e.Payment()
	if err != nil {
		return err
	}
	if p.Reference == "" {
		if s.breaks[rule.Thin] {
			s.trust(p)
			return nil
		}
		if p, err = s.API.Payment(ctx, p.ID); err != nil {
			return err
		}
	}
	s.told(e, p)
	return nil
}

// trust believes a thin body.
func (s *Shop) trust(p client.Payment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.payment == p.ID && p.Status == client.Captured {
			o.pay()
		}
	}
}
