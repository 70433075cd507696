package shop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// plain asks for an order as a program does.
func (b *bench) plain(number, accept string) string {
	r := httptest.NewRequest(http.MethodGet, "http://shop.test/orders/"+number, nil)
	r.Header.Set("Accept", accept)
	w := b.do(r)
	if vary := strings.Join(w.Header().Values("Vary"), ", "); !strings.Contains(vary, "Accept") {
		b.t.Errorf("an order varies by %q, expected Accept among it", vary)
	}
	return strings.TrimSpace(w.Body.String())
}

func TestOrder_AnswersPrograms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	number, payment := b.buy()
	want := func(state string, shipments int) {
		t.Helper()
		expected := fmt.Sprintf(`{"number":%q,"payment":%q,"state":%q,"shipments":%d}`, number, payment, state, shipments)
		if got := b.plain(number, "application/json, text/html;q=0.8"); got != expected {
			t.Errorf("a program got %s, expected %s", got, expected)
		}
	}
	want("waiting", 0)
	b.far.captured(payment)
	b.tell(1, "payment.captured", payment)
	want("paid", 1)
	b.tell(2, "payment.captured", payment)
	want("paid", 1)
	dispute := map[string]any{"id": "dp_1", "status": "needs_response", "amount": b.far.payments[payment]["amount"], "opened_at": sampleTime}
	b.far.payments[payment]["dispute"] = dispute
	b.tell(3, "dispute.opened", payment)
	want("disputed", 1)
	dispute["status"] = "won"
	b.tell(4, "dispute.won", payment)
	want("paid", 1)
	for accept, json := range map[string]bool{
		"text/html,application/xhtml+xml": false, "": false, "*/*": false, "application/json": true, "application/jsonp": false,
		"text/html;q=0.5, application/json": true, "application/json;q=0.5, text/html": false, "APPLICATION/JSON": true,
		"application/json;q=0, */*": false, "application/*, text/html;q=0.1": true,
	} {
		if page := b.plain(number, accept); strings.HasPrefix(page, "{") != json {
			t.Errorf("Accept: %s got %.60s, expected JSON: %t", accept, page, json)
		}
	}
}

// A thin body says only which payment it is about: what is so is asked for.
func TestHook_ThinBodyHasItFetch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	number, payment := b.buy()
	thin := func(id string, sequence int) {
		t.Helper()
		body := fmt.Sprintf(`{"id":%q,"type":"payment.captured","sequence":%d,"timestamp":"2026-03-14T14:05:31Z","data":{"id":%q,"status":"captured"}}`, id, sequence, payment)
		if w := b.do(signed(t, testSecret, id, body)); w.Code != http.StatusNoContent {
			t.Fatalf("a thin webhook was answered with %d, expected 204", w.Code)
		}
	}
	thin("evt_1", 1)
	b.expect(number, StateWaiting, "")
	b.far.captured(payment)
	thin("evt_2", 2)
	b.expect(number, StatePaid, "")
}
