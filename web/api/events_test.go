package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/web/api"
)

// told pays one payment, which makes two events.
func (r *rig) told() payment.Payment {
	p, q := r.Paid()
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	return p
}

func (r *rig) events(query string, header ...string) (page api.EventPage, w *httptest.ResponseRecorder) {
	r.T.Helper()
	w = r.call("GET", "/v1/events"+query, "", header...)
	r.read(w, &page)
	return page, w
}

func TestEvents_Filters(t *testing.T) {
	r := newRig(t, nil)
	for range 5 {
		r.told()
	}
	p := r.told()
	for query, want := range map[string]struct {
		n    int
		next int64
	}{
		"":                                {12, 12},
		"?types=payment.captured":         {6, 12},
		"?types=payment.captured&limit=2": {2, 4},
		"?types=payment.captured&limit=2&after=4":    {2, 8},
		"?types=payment.declined":                    {0, 12},
		"?payment=" + p.ID:                           {2, 12},
		"?payment=" + p.ID + "&limit=1":              {1, 11},
		"?payment=" + p.ID + "&types=payment.failed": {0, 12},
		"?types=payment.processing,payment.captured": {12, 12},
		"?after=12":                        {0, 12},
		"?after=99":                        {0, 99},
		"?after=99&types=payment.captured": {0, 99},
	} {
		if page, _ := r.events(query); len(page.Data) != want.n || page.NextAfter != want.next {
			t.Errorf("%s: %d events, next %d, want %+v", query, len(page.Data), page.NextAfter, want)
		}
	}
	for query, code := range map[string]string{
		"?types=payment.paid": "query_invalid", "?types=": "", "?payment=pay_1": "payment_not_found", "?after=-1": "query_invalid",
	} {
		if w := r.call("GET", "/v1/events"+query, ""); code != "" && r.problem(query, w).Code != code {
			t.Errorf("asked for events with %q: want code %s, got %s", query, code, w.Body)
		}
	}
	if got := r.problem("foreign", r.call("GET", "/v1/events?payment="+p.ID, "", "Authorization: Bearer other-shop")); got.Code != "payment_not_found" {
		t.Errorf("another's payment: %+v", got)
	}
}

func TestEvents_WaitForTheNext(t *testing.T) {
	r := newRig(t, nil)
	r.told()
	if page, w := r.events("", "Prefer: wait=30"); len(page.Data) != 2 || w.Header().Get("Preference-Applied") != "wait=30" {
		t.Errorf("what is there is waited for: %+v", page)
	}
	type answer struct {
		page api.EventPage
		w    *httptest.ResponseRecorder
	}
	got := make(chan answer)
	ask := func(query string) { page, w := r.events(query, "Prefer: wait=30"); got <- answer{page, w} }
	go ask("?after=2&types=payment.captured")
	r.Computer.AwaitTimers(2) // the sweep's and the question's
	r.told()
	if a := <-got; len(a.page.Data) != 1 || a.page.NextAfter != 4 {
		t.Errorf("waited for payment.captured after 2, and one came: want it and to go on after 4, got %+v", a.page)
	}
	go ask("?after=4")
	r.Computer.AwaitTimers(2)
	r.Computer.Advance(30 * time.Second)
	if a := <-got; len(a.page.Data) != 0 || a.page.NextAfter != 4 || a.w.Code != 200 {
		t.Errorf("waited 30 seconds after 4, and none came: want 200, no event, and to go on after 4, got %d %+v", a.w.Code, a.page)
	}
	if page, _ := r.events("?after=99", "Prefer: wait=30"); page.NextAfter != 99 { // nothing to wait for
		t.Errorf("asked for events after 99: want an answer at once, to go on after 99, got %+v", page)
	}
}

func TestEvents_OneByItsID(t *testing.T) {
	r := newRig(t, nil)
	r.told()
	page, _ := r.events("")
	for _, body := range page.Data {
		var e struct{ ID string }
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		if w := r.call("GET", "/v1/events/"+e.ID, ""); w.Body.String() != string(body)+"\n" {
			t.Errorf("%d %s, want %s", w.Code, w.Body, body)
		}
		if p := r.problem("another's", r.call("GET", "/v1/events/"+e.ID, "", "Authorization: Bearer other-shop")); p.Code != "event_not_found" {
			t.Errorf("asked for another merchant's event: want event_not_found, got %+v", p)
		}
	}
	for _, id := range []string{"evt_1", "evt_%00", "evt_01890a5d-ac96-774b-bcce-b302099a8057"} {
		if p := r.problem(id, r.call("GET", "/v1/events/"+id, "")); p.Code != "event_not_found" {
			t.Errorf("asked for the event %s: want event_not_found, got %+v", id, p)
		}
	}
}
