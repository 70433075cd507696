package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/processor"
	"sandbank/sim"
)

// holding is a request of a payment of the demo shop that is held, the only one.
func (b *board) holding() sim.Held {
	b.T.Helper()
	list, err := b.Held(b.T.Context(), processor.Everyone(), "")
	b.OK(err)
	if len(list) > 0 {
		return list[0]
	}
	wish, err := sim.HoldWish{Hops: []string{"request"}, Payment: b.Made().ID}.Check()
	b.OK(err)
	h, err := b.BeginHold(b.T.Context(), processor.Everyone(), wish)
	b.OK(err)
	_, err = b.Pay(b.T.Context(), h.Payment, processortest.Visa, "")
	b.OK(err)
	list, err = b.Held(b.T.Context(), processor.Everyone(), "")
	b.OK(err)
	return list[0]
}

// A hold stands on every page, whoever looks, and can be begun, stepped through and ended from them.
func TestHolds_AreBegunMovedAndEnded(t *testing.T) {
	b := newBoard(t)
	const bar = `class="fault-bar hold-bar"`
	if _, body := b.get("/"); strings.Contains(body, bar) {
		t.Error("without a hold there is a banner")
	}
	p := b.Made()
	at := "/payments/" + p.ID
	if _, body := b.get(at); !strings.Contains(body, "Hold it at every hop") {
		t.Error("the payment cannot be held")
	}
	if w := b.post(at+"/hold", url.Values{"back": {at}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != at {
		t.Fatalf("held it: want 303 to %s, got %d %s", at, w.Code, w.Body)
	}
	_, err := b.Pay(t.Context(), p.ID, processortest.Visa, "")
	b.OK(err)
	for _, page := range []string{"/", "/dashboard/head", "/events", "/webhooks", "/banks", "/problems", "/holds", at} {
		if code, body := b.get(page); code != 200 || !strings.Contains(body, bar) || !strings.Contains(body, "is held at every hop") {
			t.Errorf("%s: %d, want a banner", page, code)
		}
	}
	_, body := b.get(at)
	for _, want := range []string{"Step: let the next one go on", "Release", "Duplicate", "Answer in the bank", "authorize, to SANDNL2A", "Let it go on", "the request to the bank is held, on purpose", "held: authorize"} {
		if !strings.Contains(body, want) {
			t.Errorf("the payment's page has no %q", want)
		}
	}
	merchant := b.as(identity.Principal{Person: "mia", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	if _, body := merchant.get("/holds"); strings.Contains(body, bar) || strings.Contains(body, p.ID) {
		t.Error("another merchant sees the hold")
	}
	id := b.holding().ID
	if w := merchant.post("/held/"+id, url.Values{"action": {"drop"}}); w.Code != http.StatusNotFound {
		t.Errorf("another merchant moved it: %d", w.Code)
	}
	if w := b.post("/held/"+id, url.Values{"action": {"answer"}, "outcome": {"declined"}, "reason": {"lost_card"}, "twice": {"yes"}, "back": {"//elsewhere"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/holds" {
		t.Fatalf("answered it: want 303, got %d %s", w.Code, w.Body)
	}
	if q := b.Requests(p.ID); len(q) != 1 || q[0].Simulate == nil || q[0].Simulate.Reason != "lost_card" || q[0].Simulate.Travel != sim.Twice {
		t.Errorf("the bank was asked %+v", q)
	}
	if w := b.post(at+"/step", nil); w.Code != http.StatusConflict {
		t.Errorf("stepped with nothing held: want 409, got %d", w.Code)
	}
	for _, h := range b.Holds(processor.Everyone()) {
		if w := b.post("/holds/"+h.ID+"/end", url.Values{"back": {at}}); w.Code != http.StatusSeeOther {
			t.Errorf("ended it: want 303, got %d", w.Code)
		}
	}
	if _, body := b.get("/"); strings.Contains(body, bar) {
		t.Error("the banner stays")
	}
}

// What was typed comes back with the complaint.
func TestHolds_FormIsRefused(t *testing.T) {
	b := newBoard(t)
	for typed, form := range map[string]url.Values{
		"for":     {"hops": {"request"}, "for": {"9000h"}},
		"within":  {"hops": {"request"}, "within": {"5h"}},
		"times":   {"hops": {"request"}, "times": {"many"}},
		"payment": {"hops": {"request"}, "payment": {"pay_1"}},
		"hops":    {"hops": {"everywhere"}},
	} {
		w := b.post("/holds", form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), typed) || len(b.Holds(processor.Everyone())) > 0 {
			t.Errorf("%s: want 422 and no hold, got %d", typed, w.Code)
		}
	}
}

// What is held at any hop has its place among the payment's steps.
func TestHolds_EveryHopHasARank(t *testing.T) {
	for _, hop := range sim.Hops() {
		if _, known := rankHeld[hop]; !known {
			t.Errorf("web/dashboard/story_purpose.go: rankHeld has no rank for the hop %s", hop)
		}
	}
}
