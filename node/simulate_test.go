package node

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/bank"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// A payment with a plan follows it by itself, and shows why; so does one that
// gets its plan later.
func TestSimulate_ThePaymentSaysWhy(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	b := &buyer{town: w, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	code, body := w.send("demo-shop", "POST", "/v1/payments", strings.TrimSuffix(order, "}")+
		`, "simulate": {"customer": [{"action": "pay"}, {"action": "retry", "card": "4000000000000259"}], "bank": {"outcome": "declined", "reason": "lost_card", "after": "0s", "times": 1}}}`, "")
	if err := json.Unmarshal([]byte(body), &b.paid); err != nil || code != 202 || b.paid.Status != payment.Created {
		t.Fatalf("made a payment with a plan: want 202 and status created, got %d %s (%v)", code, body, err)
	}
	b.await("the second try is captured", func() bool {
		_, body := w.send("demo-shop", "GET", "/v1/payments/"+b.paid.ID, "", "")
		b.paid = payment.Resource{}
		return json.Unmarshal([]byte(body), &b.paid) == nil && b.paid.Status == payment.Captured
	})
	if w := b.paid.Why; w == nil || w.Source != reason.ByNumber || b.paid.LastAttempt.Number != 2 {
		t.Errorf("captured because of %+v", w)
	}
	code, body = w.send("demo-shop", "POST", "/v1/payments", order, "")
	if err := json.Unmarshal([]byte(body), &b.paid); err != nil || code != 202 {
		t.Fatalf("made a payment without a plan: want 202, got %d %s (%v)", code, body, err)
	}
	at := "/sim/payments/" + b.paid.ID
	if code, body := w.send("demo-shop", "POST", at+"/bank", `{"outcome": "silent"}`, ""); code != 200 {
		t.Fatalf("told the bank to be silent: want 200, got %d %s", code, body)
	}
	if code, body := w.send("demo-shop", "POST", at+"/customer", `{"action": "pay", "card": "4242424242424242"}`, ""); code != 200 || !strings.Contains(body, `"status":"processing"`) {
		t.Fatalf("had the customer pay: want 200 and status processing, got %d %s", code, body)
	}
	// The silent bank is made to speak.
	if code, body := w.send("demo-shop", "POST", at+"/bank", `{"outcome": "error", "reason": "issuer_unavailable"}`, ""); code != 200 {
		t.Fatalf("made the silent bank answer with an error: want 200, got %d %s", code, body)
	}
	b.awaitAnswer(payment.Processing)
	if why := b.paid.Why; why == nil || why.Source != reason.ByRequest || why.Rule != b.paid.Reason.Rule || b.paid.Status != payment.Failed {
		t.Errorf("%s because of %+v", b.paid.Status, why)
	}
}

// token gets a client its access token.
func (c *cast) token(of identity.Client) {
	c.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {of.ID}, "client_secret": {of.Secret.Reveal()}}
	_, body := c.send("", "POST", "/oauth/token", form.Encode(), "")
	c.tokens[of.ID], _ = member(c.T, body, "access_token").(string)
}
