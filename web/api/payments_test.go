package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandbank/event"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/api"
)

func TestCreatePayment_Accepts(t *testing.T) {
	r := newRig(t, nil)
	w := r.call(http.MethodPost, "/v1/payments", good, "Content-Type: application/json; charset=utf-8")
	var p payment.Resource
	r.read(w, &p)
	if w.Code != 202 || w.Header().Get("Location") != "/v1/payments/"+p.ID || w.Header().Get("Retry-After") == "" || w.Header().Get("ETag") != `"1"` {
		t.Errorf(`created a payment: want 202 with its place, ETag "1" and Retry-After, got %d %v`, w.Code, w.Header())
	}
	if p.Status != payment.Created || p.Amount.String() != "19.99 EUR" || p.Bank.Identifier != "SANDNL2A" || p.Bank.Name == "" ||
		!strings.HasPrefix(p.CheckoutURL, processortest.Base+"/pay/") || p.ExpiresAt != processortest.Start.Add(15*time.Minute) {
		t.Errorf("created a payment: want it as wished for with a bank, a checkout and 15 minutes, got %+v", p)
	}
	full := `{"amount": {"value": "1000", "currency": "JPY"}, "reference": "é \ud83c\udfd6", "return_url": "http://localhost:9000/x?a=b#c", "description": "2 mugs",
		"capture": "automatic", "expires_in_seconds": 604800, "metadata": {"cart": "7"}}`
	if w = r.call(http.MethodPost, "/v1/payments", full); w.Code != 202 {
		t.Errorf("with everything: %d %s", w.Code, w.Body)
	}
}

func TestCreatePayment_ReplaysTheSameBytes(t *testing.T) {
	r := newRig(t, nil)
	first := r.call(http.MethodPost, "/v1/payments", good, `Idempotency-Key: "k1"`)
	var p payment.Resource
	r.read(httptestCopy(first), &p)
	_, q := r.Try(p.ID)
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	r.Clock.Advance(time.Minute)
	// Bare instead of quoted, other spaces, another order: the same request.
	again := r.call(http.MethodPost, "/v1/payments", with("reference", `"order-1042"`), "Idempotency-Key: k1")
	if again.Code != 202 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
		again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("ETag") != first.Header().Get("ETag") {
		t.Errorf("again: %d %v\n%s\n%s", again.Code, again.Header(), again.Body, first.Body)
	}
	other := r.call(http.MethodPost, "/v1/payments", with("reference", `"order-1043"`), "Idempotency-Key: k1")
	if pr := r.problem("other payload", other); other.Code != 422 || pr.Code != "idempotency_key_reused" {
		t.Errorf("used an idempotency key again with another payload: want 422 idempotency_key_reused, got %d %+v", other.Code, pr)
	}
	if w := r.call(http.MethodPost, "/v1/payments", good, "Idempotency-Key: k1", "Authorization: Bearer other-shop"); w.Code != 202 || w.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("another merchant's key: %d %v", w.Code, w.Header())
	}
}

func httptestCopy(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	c := httptest.NewRecorder()
	c.Code = w.Code
	_, _ = c.Body.Write(w.Body.Bytes())
	return c
}

func TestGetPayment_ETag(t *testing.T) {
	r := newRig(t, nil)
	p, q := r.Paid()
	target := "/v1/payments/" + p.ID
	w := r.call(http.MethodGet, target, "")
	tag := w.Header().Get("ETag")
	if w.Code != 200 || tag == "" || w.Header().Get("Retry-After") == "" {
		t.Fatalf("asked for a payment under way: want 200 with ETag and Retry-After, got %d %v", w.Code, w.Header())
	}
	for sent, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, strings.Trim(tag, `"`): 200} {
		w := r.call(http.MethodGet, target, "", "If-None-Match: "+sent)
		if w.Code != want || w.Header().Get("ETag") != tag || want == 304 && w.Body.Len() != 0 {
			t.Errorf("If-None-Match %s: %d %v", sent, w.Code, w.Header())
		}
	}
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	w = r.call(http.MethodGet, target, "", "If-None-Match: "+tag)
	if w.Code != 200 || w.Header().Get("ETag") == tag || w.Header().Get("Retry-After") != "" {
		t.Errorf("after a change: %d %v", w.Code, w.Header())
	}
}

// long is a long poll under way.
func (r *rig) long(id string, header ...string) <-chan *httptest.ResponseRecorder {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() { done <- r.call(http.MethodGet, "/v1/payments/"+id, "", header...) }()
	r.Computer.AwaitTimers(2) // the sweep's and the poll's
	return done
}

func (r *rig) answered(done <-chan *httptest.ResponseRecorder) payment.Resource {
	r.T.Helper()
	select {
	case w := <-done:
		var p payment.Resource
		r.read(w, &p)
		if w.Code != 200 || w.Header().Get("Preference-Applied") == "" {
			r.T.Errorf("%d %v", w.Code, w.Header())
		}
		return p
	case <-time.After(5 * time.Minute):
		r.T.Fatal("the poll goes on")
		return payment.Resource{}
	}
}

func TestGetPayment_WaitEndsWithAChange(t *testing.T) {
	r := newRig(t, nil)
	p, q := r.Paid()
	done := r.long(p.ID, "Prefer: respond-async, wait=30")
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	if got := r.answered(done); got.Status != payment.Captured {
		t.Errorf("waited while the bank approved: want captured, got %+v", got)
	}
	// A payment that is final, or unknown to the caller, is answered at once.
	if w := r.call(http.MethodGet, "/v1/payments/"+p.ID, "", "Prefer: wait=30"); w.Code != 200 {
		t.Errorf("waited for a captured payment: want 200 at once, got %d", w.Code)
	}
	open := r.Made()
	if w := r.call(http.MethodGet, "/v1/payments/"+open.ID, "", "Prefer: wait=30", `If-None-Match: "7"`); w.Code != 200 {
		t.Errorf("waited with an ETag that is not the payment's: want 200 at once, got %d", w.Code)
	}
}

func TestGetPayment_WaitEndsWithItsTime(t *testing.T) {
	r := newRig(t, nil)
	p := r.Made()
	for header, want := range map[string]time.Duration{"wait=4": 4 * time.Second, "wait=999999": time.Minute} {
		done := r.long(p.ID, "Prefer: "+header)
		r.Computer.Advance(want - time.Millisecond)
		select {
		case w := <-done:
			t.Errorf("%s: answered early: %d", header, w.Code)
			continue
		default:
		}
		r.Computer.Advance(time.Millisecond)
		if got := r.answered(done); got.Status != payment.Created {
			t.Errorf("waited with Prefer: %s until the time was up: want created, got %+v", header, got)
		}
	}
	for _, header := range []string{"wait=0", "wait=-1", "wait=x", "wait", "respond-async"} {
		if w := r.call(http.MethodGet, "/v1/payments/"+p.ID, "", "Prefer: "+header); w.Code != 200 || w.Header().Get("Preference-Applied") != "" {
			t.Errorf("asked with Prefer: %s: want 200 and no wait, got %d %v", header, w.Code, w.Header())
		}
	}
}

// A long poll shows an abandonment at its end; the abandonment does not end it.
func TestGetPayment_AbandonmentEndsNoWait(t *testing.T) {
	r := newRig(t, nil)
	wish := processortest.Wish()
	wish.Life = time.Second
	p, _, err := r.Create(t.Context(), wish)
	r.OK(err)
	changes, stop := r.Watch(p.ID)
	defer stop()
	done := r.long(p.ID, "Prefer: wait=60")
	for abandoned := false; !abandoned; {
		r.Clock.AwaitTimers(1) // the sweep is at rest
		r.Clock.Advance(time.Second)
		select {
		case <-changes:
			abandoned = true
		case <-time.After(100 * time.Millisecond): // the sweep had read the time just before
		}
	}
	select {
	case w := <-done:
		t.Fatalf("woken by the abandonment: %s", w.Body)
	case <-time.After(50 * time.Millisecond): // that nothing comes has no signal
	}
	r.Computer.Advance(time.Minute)
	if got := r.answered(done); got.Status != payment.Abandoned {
		t.Errorf("waited while the payment was abandoned: want abandoned at the end of the wait, got %+v", got)
	}
}

func TestListPayments_Pages(t *testing.T) {
	r := newRig(t, nil)
	var made []string
	for range 7 {
		made = append(made, r.Made().ID)
		r.Clock.Advance(time.Millisecond)
	}
	stranger := processortest.Wish()
	stranger.Merchant = "other-shop"
	_, _, err := r.Create(t.Context(), stranger)
	r.OK(err)
	var seen []string
	for cursor, pages := "", 0; ; pages++ {
		w := r.call(http.MethodGet, "/v1/payments?limit=3"+onFrom(cursor), "")
		var page api.Page[payment.Resource]
		r.read(w, &page)
		for _, p := range page.Data {
			seen = append(seen, p.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			if pages != 2 {
				t.Errorf("%d pages", pages+1)
			}
			break
		}
	}
	if len(seen) != len(made) {
		t.Fatalf("%d of %d listed: %v", len(seen), len(made), seen)
	}
	for i, id := range seen {
		if id != made[len(made)-1-i] {
			t.Errorf("at %d %s, not newest first", i, id)
		}
	}
	for target, want := range map[string]int{"?limit=7": 7, "?status=created": 7, "?status=captured": 0, "?reference=order-1": 7, "?reference=other": 0,
		"?bank=SANDNL2A": 7, "?bank=MUTEIE2A": 0, "?method=card": 0, "?from=2001-01-01T00:00:00Z": 7, "?to=2001-01-01T00:00:00Z": 0} {
		var page api.Page[payment.Resource]
		if r.read(r.call(http.MethodGet, "/v1/payments"+target, ""), &page); len(page.Data) != want || page.NextCursor != "" {
			t.Errorf("%s: %d, next %q", target, len(page.Data), page.NextCursor)
		}
	}
	// An empty list is a list.
	if w := r.call(http.MethodGet, "/v1/payments?status=voided", ""); !strings.Contains(w.Body.String(), `"data":[]`) {
		t.Errorf("listed voided payments, of which there are none: want an empty list, got %s", w.Body)
	}
}

func TestCancelPayment_Answers(t *testing.T) {
	r := newRig(t, nil)
	p := r.Made()
	var got payment.Resource
	if w := r.call(http.MethodPost, "/v1/payments/"+p.ID+"/cancel", ""); w.Code != 200 {
		t.Errorf("canceled a fresh payment: want 200, got %d", w.Code)
	} else if r.read(w, &got); got.Status != payment.Canceled || got.Reason.Code != "merchant_canceled" || got.Links.Cancel != "" {
		t.Errorf("canceled a fresh payment: want canceled by the merchant, with no link to cancel it again, got %+v", got)
	}
	busy, _ := r.Paid()
	w := r.call(http.MethodPost, "/v1/payments/"+busy.ID+"/cancel", "")
	if pr := r.problem("busy", w); w.Code != 409 || pr.Code != "payment_in_progress" {
		t.Errorf("canceled a payment that is with the bank: want 409 payment_in_progress, got %d %+v", w.Code, pr)
	}
}

func TestListEvents_GoOnAfterASequence(t *testing.T) {
	r := newRig(t, nil)
	p, q := r.Paid()
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	var all, rest, none, other api.EventPage
	r.read(r.call(http.MethodGet, "/v1/events", ""), &all)
	r.read(r.call(http.MethodGet, "/v1/events?after=1", ""), &rest)
	r.read(r.call(http.MethodGet, "/v1/events?after=2", ""), &none)
	r.read(r.call(http.MethodGet, "/v1/events", "", "Authorization: Bearer other-shop"), &other)
	if len(all.Data) != 2 || all.NextAfter != 2 || len(rest.Data) != 1 || len(none.Data) != 0 || none.NextAfter != 2 || len(other.Data) != 0 {
		t.Errorf("%+v\n%+v\n%+v\n%+v", all, rest, none, other)
	}
	var e struct {
		ID, Type string
		Sequence int64
		Data     payment.Resource
	}
	if err := json.Unmarshal(all.Data[1], &e); err != nil || e.Type != event.PaymentPrefix+"captured" || e.Sequence != 2 || e.Data.ID != p.ID || e.Data.Status != payment.Captured {
		t.Errorf("read the second event: want payment.captured of %s, got %+v, %v", p.ID, e, err)
	}
}

func TestWebhookEndpoints_Life(t *testing.T) {
	r := newRig(t, nil)
	w := r.call(http.MethodPost, "/v1/webhook-endpoints", `{"url": "https://shop.example/hooks", "events": ["*"]}`)
	var made api.EndpointResource
	r.read(w, &made)
	if w.Code != 201 || made.Secret == "" || !made.Enabled || w.Header().Get("Location") != "/v1/webhook-endpoints/"+made.ID {
		t.Fatalf("added an endpoint: want 201 with its place and secret, got %d %+v", w.Code, made)
	}
	target := "/v1/webhook-endpoints/" + made.ID
	for _, path := range []string{target, "/v1/webhook-endpoints"} {
		if w := r.call(http.MethodGet, path, ""); w.Code != 200 || strings.Contains(w.Body.String(), made.Secret) {
			t.Errorf("read %s: want 200 without the secret, got %d %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if w := r.call(method, target, "", "Authorization: Bearer other-shop"); w.Code != 404 {
			t.Errorf("another merchant's %s: %d", method, w.Code)
		}
	}
	if w := r.call(http.MethodDelete, target, ""); w.Code != 204 {
		t.Errorf("delete: %d", w.Code)
	}
	if w := r.call(http.MethodDelete, target, ""); w.Code != 404 {
		t.Errorf("delete again: %d", w.Code)
	}
	for i := range 21 {
		w := r.call(http.MethodPost, "/v1/webhook-endpoints", fmt.Sprintf(`{"url": "https://shop.example/%d"}`, i))
		if want := map[bool]int{true: 201, false: 409}[i < 20]; w.Code != want {
			t.Errorf("endpoint %d: %d %s", i, w.Code, w.Body)
		}
	}
}

func TestCreatePayment_FullOutboxIs503(t *testing.T) {
	r := newRig(t, func(c *processor.Config) { c.MaxOpen = 1 })
	r.Paid()
	r.Computer.AwaitTimers(1)
	r.Computer.Advance(5 * time.Second)
	r.Computer.AwaitTimers(1)
	w := r.call(http.MethodPost, "/v1/payments", good)
	if p := r.problem("full", w); w.Code != 503 || p.Code != "outbox_full" || w.Header().Get("Retry-After") == "" {
		t.Errorf("created a payment while the outbox is full: want 503 outbox_full with Retry-After, got %d %v %+v", w.Code, w.Header(), p)
	}
}

func TestHealth_Answers(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/livez", "/readyz", "/v1/banks"} {
		if w := r.call(http.MethodGet, path, ""); w.Code != 200 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("asked for %s: want 200 and JSON, got %d %s", path, w.Code, w.Body)
		}
	}
}

// Two bodies with the same values are the same request, however the JSON is
// written.
func TestCreatePayment_IsTheSameHoweverItIsWritten(t *testing.T) {
	r := newRig(t, nil)
	first := r.call(http.MethodPost, "/v1/payments", with("amount", `{"value": "5", "currency": "EUR"}`), "Idempotency-Key: k")
	for name, same := range map[string]string{
		"decimals":      with("amount", `{"value": "5.00", "currency": "EUR"}`),
		"one decimal":   with("amount", `{"currency": "EUR", "value": "5.0"}`),
		"named default": `{"attempts": 3, "capture": "automatic", "expires_in_seconds": 900, "metadata": {}, "description": "", ` + with("amount", `{"value": "5", "currency": "EUR"}`)[1:],
	} {
		w := r.call(http.MethodPost, "/v1/payments", same, "Idempotency-Key: k")
		if w.Code != 202 || w.Body.String() != first.Body.String() || w.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("sent the same payment again with %s: want the first answer as a replay, got %d %s", name, w.Code, w.Body)
		}
	}
	for name, other := range map[string]string{
		"value": with("amount", `{"value": "5.01", "currency": "EUR"}`), "currency": with("amount", `{"value": "5", "currency": "USD"}`),
		"attempts": `{"attempts": 2, ` + with("amount", `{"value": "5", "currency": "EUR"}`)[1:],
	} {
		if w := r.call(http.MethodPost, "/v1/payments", other, "Idempotency-Key: k"); w.Code != 422 {
			t.Errorf("another %s: %d %s", name, w.Code, w.Body)
		}
	}
}

// One try, and a single decline is the end.
func TestCreatePayment_HasItsAttempts(t *testing.T) {
	r := newRig(t, nil)
	for _, tries := range []int{1, 10} {
		var p payment.Resource
		r.read(r.call(http.MethodPost, "/v1/payments", with("attempts", fmt.Sprint(tries))), &p)
		if p.AttemptsLeft != tries {
			t.Errorf("%d attempts, and %d are left", tries, p.AttemptsLeft)
		}
		_, asked := r.Try(p.ID)
		r.Say(processortest.Answer(asked, payment.OutcomeDeclined))
		r.read(r.call(http.MethodGet, "/v1/payments/"+p.ID, ""), &p)
		if want := map[int]payment.Status{1: payment.Declined, 10: payment.Created}[tries]; p.Status != want {
			t.Errorf("after a decline of %d tries: %s", tries, p.Status)
		}
	}
}
