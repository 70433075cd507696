package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/api"
	"sandbank/webhook"
)

const hooks = "/v1/webhook-endpoints"

// endpoint registers an endpoint of the demo shop's.
func (r *rig) endpoint(body string) (e api.EndpointResource) {
	r.T.Helper()
	w := r.call(http.MethodPost, hooks, body)
	if w.Code != 201 {
		r.T.Fatalf("%d %s", w.Code, w.Body)
	}
	r.read(w, &e)
	return e
}

// delivered is a captured payment's delivery to the endpoint.
func (r *rig) delivered(e api.EndpointResource) (d api.DeliveryResource) {
	r.T.Helper()
	_, q := r.Paid()
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	var page api.Page[api.DeliveryResource]
	r.read(r.call(http.MethodGet, hooks+"/"+e.ID+"/deliveries?limit=1", ""), &page)
	if len(page.Data) != 1 {
		r.T.Fatalf("the endpoint has %d deliveries", len(page.Data))
	}
	return page.Data[0]
}

func TestEndpoint_ChangesWhatIsNamed(t *testing.T) {
	r := newRig(t, nil)
	made := r.endpoint(`{"url": "http://shop.example/", "description": "one", "events": ["payment.captured"]}`)
	if made.Body != webhook.BodyFull || made.Signature != webhook.SignatureHMAC || !webhook.ValidPublicKey(made.PublicKey) || made.Description != "one" {
		t.Errorf("made: %+v", made)
	}
	at := hooks + "/" + made.ID
	for _, c := range []struct {
		body  string
		check func(e api.EndpointResource) bool
	}{
		{`{}`, func(e api.EndpointResource) bool { return e.URL == made.URL && len(e.Events) == 1 && e.Enabled }},
		{`{"url": "http://b.example/"}`, func(e api.EndpointResource) bool { return e.URL == "http://b.example/" && e.Description == "one" }},
		{`{"description": "", "events": []}`, func(e api.EndpointResource) bool { return e.Description == "" && len(e.Events) == 0 }},
		{`{"body": "thin", "signature": "both"}`, func(e api.EndpointResource) bool { return e.Body == "thin" && e.Signature == "both" }},
		{`{"enabled": false}`, func(e api.EndpointResource) bool { return !e.Enabled && e.Note != "" && e.Body == "thin" }},
		{`{"enabled": true}`, func(e api.EndpointResource) bool { return e.Enabled && e.Note == "" }},
	} {
		var got api.EndpointResource
		r.read(r.call(http.MethodPatch, at, c.body, "Content-Type: application/json"), &got)
		if !c.check(got) || got.Secret != "" || got.ID != made.ID || got.PublicKey != made.PublicKey {
			t.Errorf("changed an endpoint with %s: want that changed, and nothing else, got %+v", c.body, got)
		}
	}
}

func TestEndpoint_RefusesBadChanges(t *testing.T) {
	r := newRig(t, func(c *processor.Config) {
		c.Accepts = func(url string) error {
			if strings.Contains(url, "inside") {
				return errors.New("is an inside address")
			}
			return nil
		}
	})
	made := r.endpoint(`{"url": "http://shop.example/"}`)
	for body, field := range map[string]string{
		`{"url": ""}`: "/url", `{"url": "ftp://x/"}`: "/url", `{"url": "http://inside.example/"}`: "/url", `{"url": 1}`: "/url",
		`{"events": ["x"]}`: "/events/0", `{"body": "wide"}`: "/body", `{"body": "edited"}`: "/body", `{"body": ""}`: "/body",
		`{"signature": "none"}`: "/signature", `{"signature": ""}`: "/signature", `{"enabled": "yes"}`: "/enabled",
		`{"description": "` + strings.Repeat("d", 256) + `"}`: "/description", `{"secret": "x"}`: "/secret", `{"id": "x"}`: "/id",
	} {
		w := r.call(http.MethodPatch, hooks+"/"+made.ID, body, "Content-Type: application/json")
		if p := r.problem(body, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != field {
			t.Errorf("changed an endpoint with %s: want 400 with one complaint at %s, got %d %+v", body, field, w.Code, p.Errors)
		}
	}
	w := r.call(http.MethodPost, hooks, `{"url": "http://inside.example/", "body": "x", "signature": "x"}`)
	if p := r.problem("new", w); w.Code != 400 || len(p.Errors) != 3 || p.Errors[0].Pointer != "/url" || !strings.Contains(p.Errors[0].Detail, "inside") {
		t.Errorf("a new one: %d %+v", w.Code, p.Errors)
	}
	var got api.EndpointResource
	r.read(r.call(http.MethodGet, hooks+"/"+made.ID, ""), &got)
	if got.URL != made.URL || !got.Enabled {
		t.Errorf("a refused change is kept: %+v", got)
	}
}

func TestEndpoint_RotatesItsSecret(t *testing.T) {
	r := newRig(t, nil)
	made := r.endpoint(`{"url": "http://shop.example/"}`)
	var got api.EndpointResource
	r.read(r.call(http.MethodPost, hooks+"/"+made.ID+"/rotate-secret", ""), &got)
	if got.Secret == made.Secret || !webhook.ValidSecret(got.Secret) || got.PublicKey == made.PublicKey ||
		got.PreviousSecretUntil == nil || !got.PreviousSecretUntil.Equal(processortest.Start.Add(24*time.Hour)) {
		t.Errorf("rotated: %+v", got)
	}
	r.delivered(made)
	sent := r.Deliveries()[0].Endpoint
	if sent.Secret.Reveal() != got.Secret || sent.Former == nil || sent.Former.Secret.Reveal() != made.Secret {
		t.Errorf("messages are signed with %+v", sent)
	}
	r.Clock.Advance(24 * time.Hour)
	var later api.EndpointResource
	r.read(r.call(http.MethodGet, hooks+"/"+made.ID, ""), &later)
	if later.PreviousSecretUntil != nil || later.Secret != "" {
		t.Errorf("a day later: %+v", later)
	}
}

func TestDelivery_ShowsWhatWasSentAndAnswered(t *testing.T) {
	r := newRig(t, nil)
	made := r.endpoint(`{"url": "http://shop.example/"}`)
	d := r.delivered(made)
	if d.Status != webhook.DeliveryPending || d.NextTryAt == nil || d.EventType != "payment.captured" || d.Endpoint != made.ID || d.Attempts != nil {
		t.Errorf("listed: %+v", d)
	}
	out := r.Deliveries()[0]
	r.OK(r.Disk.Record(t.Context(), []webhook.Tried{{
		Attempt: webhook.Attempt{
			Delivery: d.ID, Number: 1, At: r.Clock.Now(), Took: 1500 * time.Millisecond, Code: 503, Response: "busy", Headers: "A: 1\nA: 2\nB: x: y\n",
			Request: webhook.Request{URL: made.URL, Signature: "v1,AAAA", Body: webhook.BodyFull},
		}, Status: webhook.DeliveryExhausted, Owner: out.Endpoint,
	}}))
	at := hooks + "/" + made.ID + "/deliveries/" + d.ID
	var got api.DeliveryResource
	w := r.call(http.MethodGet, at, "")
	if strings.Contains(w.Body.String(), strings.TrimPrefix(made.Secret, "whsec_")) || strings.Contains(w.Body.String(), "whsk_") {
		t.Error("the answer holds a secret")
	}
	r.read(w, &got)
	if len(got.Attempts) != 1 || got.Status != webhook.DeliveryExhausted || got.NextTryAt != nil {
		t.Fatalf("read a delivery that was given up: want one try and no next one, got %+v", got)
	}
	a := got.Attempts[0]
	if a.Duration != 1.5 || a.Response.Status != 503 || a.Response.Body != "busy" || a.Response.Headers["A"] != "1, 2" || a.Response.Headers["B"] != "x: y" ||
		a.Request.Body != string(out.Event.Body()) || a.Request.Headers["webhook-signature"] != "v1,AAAA" || a.Request.Headers["webhook-id"] != d.EventID {
		t.Errorf("read a try: want what was sent and what was answered, got %+v", a)
	}
	before := r.Searches()
	r.read(r.call(http.MethodPost, hooks+"/"+made.ID+"/resend-failed", ""), &api.Resent{})
	if r.Searches() == before {
		t.Error("nobody is told that there is work")
	}
	for path, status := range map[string]int{
		hooks + "/" + made.ID + "/deliveries": 404, at: 404, hooks + "/" + made.ID: 404,
	} {
		if w := r.call(http.MethodGet, path, "", "Authorization: Bearer other-shop"); w.Code != status {
			t.Errorf("another merchant at %s: %d", path, w.Code)
		}
	}
	for _, path := range []string{at + "/resend", hooks + "/" + made.ID + "/resend-failed", hooks + "/" + made.ID + "/rotate-secret"} {
		if w := r.call(http.MethodPost, path, "", "Authorization: Bearer other-shop"); w.Code != 404 {
			t.Errorf("another merchant at %s: %d", path, w.Code)
		}
	}
	if w := r.call(http.MethodPatch, hooks+"/"+made.ID, `{}`, "Authorization: Bearer other-shop", "Content-Type: application/json"); w.Code != 404 {
		t.Errorf("another merchant changes it: %d", w.Code)
	}
}

func TestDeliveries_PageByPage(t *testing.T) {
	r := newRig(t, nil)
	made := r.endpoint(`{"url": "http://shop.example/", "events": ["*"]}`)
	r.delivered(made)
	seen, cursor := map[string]bool{}, ""
	for range 10 {
		var page api.Page[api.DeliveryResource]
		r.read(r.call(http.MethodGet, hooks+"/"+made.ID+"/deliveries?limit=1&status=pending"+onFrom(cursor), ""), &page)
		for _, d := range page.Data {
			seen[d.ID] = true
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(seen) != len(r.Deliveries()) || len(seen) < 2 {
		t.Errorf("the pages have %d of %d", len(seen), len(r.Deliveries()))
	}
}
