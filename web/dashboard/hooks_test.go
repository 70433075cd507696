package dashboard

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/broker"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/identity/class"
	"sandbank/identity/guest"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/scenario/run"
	"sandbank/sim"
	"sandbank/sim/outage"
	"sandbank/webhook"
)

// board is a dashboard over a processor on a store in memory, with one webhook
// endpoint and one delivery.
type board struct {
	dashboard *Dashboard
	runs      *run.Board
	lessons   *lesson.Board
	pupils    *class.Class
	*processortest.Rig
	front    http.Handler
	endpoint webhook.Endpoint
	page     string // of the endpoint
	delivery string // its page
	faults   *outage.Board
}

func newBoard(t *testing.T) *board {
	t.Helper()
	taken := func(_ context.Context, list []broker.Message) ([]broker.Fate, error) {
		return slices.Repeat([]broker.Fate{broker.Confirmed}, len(list)), nil
	}
	b := &board{Rig: processortest.New(t, func(c *processor.Config) {
		c.Publish = taken
		c.Broker = func(context.Context, broker.Picture) (broker.Picture, error) { return theBroker().Picture, nil }
	})}
	b.faults = outage.New(slog.New(slog.DiscardHandler))
	b.faults.Start(b.Clock, chance.Crypto(), idle{}, func(sim.Fault, outage.Ending) {})
	b.runs = run.New(run.Config{Play: acted, Clock: b.Clock, Chance: chance.Crypto()})
	t.Cleanup(func() { b.runs.Close(context.Background()) })
	b.lessons = lesson.New(lesson.Config{Play: lectured, Clock: b.Clock, Chance: chance.Crypto(), Most: 1000})
	t.Cleanup(func() { b.lessons.Close(context.Background()) })
	pupils, err := guest.New(t.Context(), guest.Config{Shelf: b.Disk, Registry: identity.NewRegistry(), Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.pupils = class.New(class.Config{Clock: clock.Real{}, Merchants: pupils})
	router := mux.NewRouter()
	b.dashboard = New(Config{
		Processor: b.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: b.Config.Address, Clock: b.Clock,
		Log: slog.New(slog.NewTextHandler(b.Log, nil)), Base: processortest.Base, Faults: b.faults, Runs: b.runs, Lessons: b.lessons, Class: b.pupils,
	})
	b.dashboard.Mount(router)
	b.front = router
	b.endpoint, err = b.AddEndpoint(t.Context(), "demo-shop", processor.NewEndpoint{URL: "http://shop.example/", Description: "<b>"})
	b.OK(err)
	_, q := b.Paid()
	b.Say(processortest.Answer(q, payment.OutcomeApproved))
	b.page = "/webhooks/" + b.endpoint.ID
	b.delivery = b.page + "/deliveries/" + b.Deliveries()[0].ID
	return b
}

func (b *board) get(path string) (int, string) {
	b.T.Helper()
	w := httptest.NewRecorder()
	b.front.ServeHTTP(w, httptest.NewRequestWithContext(b.T.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func (b *board) post(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	b.T.Helper()
	r := httptest.NewRequestWithContext(b.T.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.front.ServeHTTP(w, r)
	return w
}

func TestHooks_ShowWhatWasSent(t *testing.T) {
	b := newBoard(t)
	b.OK(b.Disk.Record(t.Context(), []webhook.Tried{{
		Attempt: webhook.Attempt{
			Delivery: b.Deliveries()[0].ID, Number: 1, At: b.Clock.Now(), Code: 503, Response: "busy", Headers: "X-Queue: full\n",
			Request: webhook.Request{URL: "http://shop.example/", Signature: "v1,AAAA", Body: webhook.BodyFull},
		}, Status: webhook.DeliveryExhausted, Owner: b.endpoint,
	}}))
	for path, wants := range map[string][]string{
		"/webhooks":                {"http://shop.example/", "&lt;b&gt;", "Harbor Goods", b.page},
		b.page:                     {"payment.captured", "Exhausted", "Send failed again", "whpk_", b.delivery},
		b.page + "?status=pending": {"None."},
		b.delivery:                 {"503 Service Unavailable", "busy", "X-Queue: full", "webhook-signature: v1,AAAA", "Send again", "Send this once"},
	} {
		code, html := b.get(path)
		for _, want := range wants {
			if code != 200 || !strings.Contains(html, want) {
				t.Errorf("%s: %d, and no %q", path, code, want)
			}
		}
		if strings.Contains(html, b.endpoint.Secret.Reveal()) || strings.Contains(html, "whsk_") {
			t.Errorf("%s shows a secret", path)
		}
	}
	for _, path := range []string{"/webhooks/whe_none", b.page + "/deliveries/del_none", "/webhooks/whe_none/deliveries/del_none", b.page + "/deliveries/del_none/live"} {
		if code, _ := b.get(path); code != 404 {
			t.Errorf("asked for %s: want 404, got %d", path, code)
		}
	}
}

// An endpoint is changed and tested on its page.
func TestHooks_AreChangedAndTested(t *testing.T) {
	b := newBoard(t)
	form := url.Values{"url": {"http://shop.example/other"}, "description": {"new"}, "events": {"payment.captured, payment.failed"}, "body": {"thin"}, "signature": {"both"}}
	if w := b.post(b.page+"/edit", form); w.Code != http.StatusSeeOther {
		t.Fatalf("changed it: want 303, got %d %s", w.Code, w.Body)
	}
	e, err := b.Endpoint(t.Context(), processor.Everyone(), b.endpoint.ID)
	if err != nil || e.URL != "http://shop.example/other" || e.Description != "new" || len(e.Events) != 2 || e.Body != webhook.BodyThin || e.Signature != webhook.SignatureBoth {
		t.Errorf("it is %v, %v", e, err)
	}
	form.Set("url", "ftp://x")
	form.Set("events", "payment.lost")
	w := b.post(b.page+"/edit", form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `value="ftp://x"`) || !strings.Contains(w.Body.String(), `id="edit-url-error"`) || !strings.Contains(w.Body.String(), `id="edit-events-error"`) {
		t.Errorf("changed it wrongly: want 422 with what was typed, got %d", w.Code)
	}
	if w := b.post(b.page+"/test", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "answered with 204 No Content") {
		t.Errorf("tested it: want 200 with the answer, got %d", w.Code)
	}
	if tried := b.Tried(); len(tried) != 1 || tried[0].Event.Type != processor.TestType || tried[0].Event.Sequence != 0 {
		t.Errorf("tried was %+v", tried)
	}
}

func TestHooks_ButtonsWork(t *testing.T) {
	b := newBoard(t)
	id := b.Deliveries()[0].ID
	status := func(want webhook.DeliveryStatus) {
		t.Helper()
		if r, err := b.Disk.Delivery(t.Context(), b.endpoint.ID, id); err != nil || r.Status != want {
			t.Errorf("the delivery is %s, not %s: %v", r.Status, want, err)
		}
	}
	for _, step := range []struct {
		path, leads string
		then        webhook.DeliveryStatus
	}{
		{b.page + "/disable", b.page + "?did=disabled", webhook.DeliveryExhausted},
		{b.page + "/enable", b.page + "?did=enabled", webhook.DeliveryExhausted},
		{b.page + "/resend-failed", b.page + "?did=resent", webhook.DeliveryPending},
		{b.page + "/resend-failed", b.page + "?did=nothing", webhook.DeliveryPending},
		{b.delivery + "/resend", b.delivery, webhook.DeliveryPending},
	} {
		w := b.post(step.path, nil)
		if w.Code != 303 || w.Header().Get("Location") != step.leads {
			t.Errorf("%s: %d to %s", step.path, w.Code, w.Header().Get("Location"))
		}
		status(step.then)
	}
	b.post(b.page+"/disable", nil)
	if w := b.post(b.delivery+"/resend", nil); w.Code != 409 || !strings.Contains(w.Body.String(), "disabled") {
		t.Errorf("again to a disabled endpoint: %d", w.Code)
	}
	if _, html := b.get(b.page + "?did=disabled"); !strings.Contains(html, "given up") || !strings.Contains(html, ">Enable<") {
		t.Error("the page does not say what happened")
	}
}

// An edited body goes out once. Event, delivery and schedule stay as they are.
func TestHooks_EditedBodyChangesNothingElse(t *testing.T) {
	b := newBoard(t)
	before := b.Deliveries()[0]
	w := b.post(b.delivery+"/edit", url.Values{"body": {"{\r\n  \"id\": \"evt_x\"\r\n}"}})
	if w.Code != 303 || w.Header().Get("Location") != b.delivery {
		t.Fatalf("sent an edited body: want 303 back to the delivery, got %d %s", w.Code, w.Body)
	}
	tried := b.Tried()
	if len(tried) != 1 || string(tried[0].Edited) != "{\n  \"id\": \"evt_x\"\n}" {
		t.Fatalf("tried: %+v", tried)
	}
	r, err := b.Disk.Delivery(t.Context(), b.endpoint.ID, before.ID)
	b.OK(err)
	if r.Status != webhook.DeliveryPending || r.Tries != 0 || string(r.Event.Body()) != string(before.Event.Body()) || len(r.Attempts) != 1 || !r.Attempts[0].Edited() {
		t.Errorf("afterwards: %+v", r)
	}
	if _, html := b.get(b.delivery); !strings.Contains(html, "An edited body") || !strings.Contains(html, "Sandbank-Edited: true") {
		t.Error("the page does not mark it")
	}
	if w := b.post(b.delivery+"/edit", url.Values{"body": {strings.Repeat("x", webhook.MaxRequest+1)}}); w.Code != 413 {
		t.Errorf("too large: %d", w.Code)
	}
	if w := b.post(b.delivery+"/edit", url.Values{"body": {strings.Repeat("x", maxForm)}}); w.Code != 400 || len(b.Tried()) != 1 {
		t.Errorf("far too large: %d, tried %d", w.Code, len(b.Tried()))
	}
}

func TestHooks_RefusePostsFromElsewhere(t *testing.T) {
	b := newBoard(t)
	for _, path := range []string{b.page + "/enable", b.page + "/disable", b.page + "/resend-failed", b.delivery + "/resend", b.delivery + "/edit"} {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			if w := b.post(path, url.Values{"body": {"x"}}, header...); w.Code != 403 {
				t.Errorf("%s with %v: %d", path, header, w.Code)
			}
		}
	}
	if e, err := b.Disk.Endpoint(t.Context(), "demo-shop", b.endpoint.ID); err != nil || !e.Enabled || len(b.Tried()) != 0 {
		t.Errorf("something got through: %+v, %v", e, err)
	}
}
