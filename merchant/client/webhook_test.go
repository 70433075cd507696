package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"sandbank/webhook"
)

func secretOf(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

const told = `{"id":"evt_1","type":"payment.captured","sequence":7,"timestamp":"2026-03-14T14:05:09Z","data":` + paid + `}`

// message is a signed request, as the processor would send it.
func message(t *testing.T, secret, id, body string, at time.Time) *http.Request {
	t.Helper()
	signature, err := webhook.Sign(secret, id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	r.Header.Set(webhook.HeaderID, id)
	r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(webhook.HeaderSignature, signature)
	return r
}

func TestWebhook_OnlyGenuineMessagesGetThrough(t *testing.T) {
	ours, now := secretOf("a"), time.Now()
	tamper := func(change func(*http.Request)) *http.Request {
		r := message(t, ours, "evt_1", told, now)
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		request *http.Request
		want    int
	}{
		"genuine": {message(t, ours, "evt_1", told, now), 204},
		"one signature of several fits": {tamper(func(r *http.Request) {
			r.Header.Set(webhook.HeaderSignature, "v1,AAAA "+r.Header.Get(webhook.HeaderSignature)+" v2,BBBB")
		}), 204},
		"tampered body": {tamper(func(r *http.Request) {
			r.Body = http.NoBody
		}), 401},
		"one digit of the amount": {func() *http.Request {
			r := message(t, ours, "evt_1", strings.Replace(told, "19.99", "99.99", 1), now)
			r.Header.Set(webhook.HeaderSignature, message(t, ours, "evt_1", told, now).Header.Get(webhook.HeaderSignature))
			return r
		}(), 401},
		"old timestamp":             {message(t, ours, "evt_1", told, now.Add(-6*time.Minute)), 401},
		"timestamp to come":         {message(t, ours, "evt_1", told, now.Add(6*time.Minute)), 401},
		"timestamp changed":         {tamper(func(r *http.Request) { r.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix()+1, 10)) }), 401},
		"another endpoint's secret": {message(t, secretOf("b"), "evt_1", told, now), 401},
		"another id":                {tamper(func(r *http.Request) { r.Header.Set(webhook.HeaderID, "evt_2") }), 401},
		"no signature":              {tamper(func(r *http.Request) { r.Header.Del(webhook.HeaderSignature) }), 401},
		"no timestamp":              {tamper(func(r *http.Request) { r.Header.Del(webhook.HeaderTimestamp) }), 401},
		"no headers":                {httptest.NewRequest(http.MethodPost, "/", strings.NewReader(told)), 401},
		"signed, but no event":      {message(t, ours, "evt_1", "hello", now), 400},
		"signed under another id":   {message(t, ours, "evt_9", told, now), 400},
		"GET":                       {httptest.NewRequest(http.MethodGet, "/", nil), 405},
		"too large":                 {message(t, ours, "evt_1", strings.Repeat(" ", maxEvent+1), now), 413},
	} {
		t.Run(name, func(t *testing.T) {
			handled := 0
			w := httptest.NewRecorder()
			Webhook(ours, func(_ context.Context, e Event) error {
				handled++
				if e.ID != "evt_1" || e.Sequence != 7 {
					t.Errorf("received a message: want evt_1 with sequence 7, got %+v", e)
				}
				return nil
			}).ServeHTTP(w, c.request)
			if w.Code != c.want || (handled == 1) != (c.want == 204) || w.Body.Len() > 0 {
				t.Errorf("answered %d, handled %d times, want %d; %q", w.Code, handled, c.want, w.Body)
			}
		})
	}
}

func TestWebhook_AnswersAfterTheHandler(t *testing.T) {
	var refused error
	rc := Receiver{
		Secrets: []string{secretOf("a")}, Handle: func(context.Context, Event) error { return errors.New("the database is away") },
		Refused: func(_ *http.Request, err error) { refused = err },
	}
	w := httptest.NewRecorder()
	rc.ServeHTTP(w, message(t, secretOf("a"), "evt_1", told, time.Now()))
	if w.Code != 500 || w.Body.Len() > 0 || refused == nil {
		t.Errorf("the handler failed: want 500, no body, and Refused told, got %d %q %v", w.Code, w.Body, refused)
	}
}

// While a secret is replaced, messages come with either.
func TestReceiver_TwoSecrets(t *testing.T) {
	for secret, want := range map[string]int{secretOf("a"): 204, secretOf("b"): 204, secretOf("c"): 401} {
		w := httptest.NewRecorder()
		Receiver{Secrets: []string{secretOf("a"), secretOf("b")}, Handle: func(context.Context, Event) error { return nil }}.
			ServeHTTP(w, message(t, secret, "evt_1", told, time.Now()))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", secret, w.Code, want)
		}
	}
}

// A forgotten secret must not become an empty key, which anyone can sign with.
func TestReceiver_NoSecretLetsNobodyIn(t *testing.T) {
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {"whsec_QUJD"}} {
		w := httptest.NewRecorder()
		Receiver{Secrets: secrets, Handle: func(context.Context, Event) error { t.Error("handled"); return nil }}.
			ServeHTTP(w, message(t, "whsec_", "evt_1", told, time.Now()))
		if w.Code != 401 {
			t.Errorf("received a message with the secrets %q: want 401, got %d", secrets, w.Code)
		}
	}
}

func TestEvent_PaymentOfAnotherKind(t *testing.T) {
	if _, err := (Event{Type: "payout.paid", Data: []byte(`{}`)}).Payment(); err == nil {
		t.Error("a payout became a payment")
	}
	if _, err := (Event{Type: "payment.captured", Data: []byte(`[`)}).Payment(); err == nil {
		t.Error("broken data became a payment")
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add(told, "evt_1", "v1,AAAA", "1700000000")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, body, id, signature, stamp string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header[http.CanonicalHeaderKey(webhook.HeaderID)] = []string{id}
		r.Header[http.CanonicalHeaderKey(webhook.HeaderSignature)] = []string{signature}
		r.Header[http.CanonicalHeaderKey(webhook.HeaderTimestamp)] = []string{stamp}
		w := httptest.NewRecorder()
		Webhook(secretOf("a"), func(context.Context, Event) error {
			return fmt.Errorf("unsigned %q got through", body)
		}).ServeHTTP(w, r)
		if w.Code != 401 && w.Code != 413 {
			t.Fatalf("%d for %q", w.Code, body)
		}
	})
}
