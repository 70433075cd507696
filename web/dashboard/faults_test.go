package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/payment"
	"sandbank/sim"
)

// idle brings nothing about.
type idle struct{}

func (idle) Begin(context.Context, sim.Fault) error { return nil }
func (idle) End(context.Context, sim.Fault) error   { return nil }

// fault is the one in force.
func (b *board) fault() string {
	b.T.Helper()
	for _, f := range b.faults.List() {
		_, err := b.faults.End(b.T.Context(), f.ID)
		b.OK(err)
	}
	f, err := b.faults.Begin(b.T.Context(), sim.Fault{Kind: sim.ReceiverFails, For: "1m", Times: 3})
	b.OK(err)
	return f.ID
}

// What goes wrong on purpose stands on every page, whoever looks, and can be begun and ended.
func TestFaults_StandOnEveryPage(t *testing.T) {
	b := newBoard(t)
	const words = "Webhooks are answered with 500"
	for _, page := range []string{"/", "/events", "/webhooks", b.page, "/banks", "/ledger", "/problems"} {
		if _, body := b.get(page); strings.Contains(body, words) {
			t.Errorf("%s: without a fault there is %q", page, words)
		}
	}
	if w := b.post("/faults", url.Values{"kind": {"receiver_fails"}, "for": {"10m"}, "times": {"3"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("began a fault: want 303, got %d %s", w.Code, w.Body)
	}
	list := b.faults.List()
	if len(list) != 1 || list[0].Times != 3 || list[0].For != "10m" {
		t.Fatalf("in force are %+v", list)
	}
	for _, page := range []string{"/", "/events", "/webhooks", b.page, "/banks", "/ledger", "/faults"} {
		if code, body := b.get(page); code != 200 || !strings.Contains(body, words) || !strings.Contains(body, `class="fault-bar"`) {
			t.Errorf("%s: %d, want a banner with %q", page, code, words)
		}
	}
	_, err := b.faults.Begin(t.Context(), sim.Fault{Kind: sim.ReceiverHangs, Endpoint: "whe_secret", For: "1m"})
	b.OK(err)
	merchant := b.as(identity.Principal{Person: "mia", Role: identity.RoleMerchant, Merchant: identity.DemoShop.Merchant}, true)
	if _, body := merchant.get("/"); !strings.Contains(body, words) || strings.Contains(body, "whe_secret") || strings.Contains(body, `href="/faults"`) {
		t.Error("a merchant's page has no banner, or one that names an endpoint or leads to the page of faults")
	}
	if _, body := b.get("/faults"); !strings.Contains(body, "whe_secret") {
		t.Error("the operator's page does not name the endpoint")
	}
	_, err = b.faults.End(t.Context(), b.faults.List()[0].ID)
	b.OK(err)
	auditor := b.as(identity.Principal{Person: "ann", Role: identity.RoleAuditor}, true)
	if code, body := auditor.get("/faults"); code != 200 || strings.Contains(body, `action="/faults`) {
		t.Errorf("an auditor is shown %d with a button", code)
	}
	if w := b.post("/faults/"+list[0].ID+"/end", nil); w.Code != http.StatusSeeOther || b.faults.List() != nil {
		t.Errorf("ended the fault: want 303 and none left, got %d %+v", w.Code, b.faults.List())
	}
}

// A form that is refused comes back with what was typed.
func TestFaults_RefuseBadInput(t *testing.T) {
	b := newBoard(t)
	for typed, want := range map[string]string{
		"kind=broker": "/kind", "kind=bank_offline": "/bank", "kind=broker_cut&for=1d": "/for", "kind=broker_cut&times=many": "times", "kind=broker_cut&delay=1s": "/delay",
	} {
		form, err := url.ParseQuery(typed)
		b.OK(err)
		w := b.post("/faults", form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) || b.faults.List() != nil {
			t.Errorf("%s: want 422 that names %s and no fault, got %d, %+v", typed, want, w.Code, b.faults.List())
		}
		if at := form.Get("for"); at != "" && !strings.Contains(w.Body.String(), `value="`+at+`"`) {
			t.Errorf("%s: what was typed does not come back", typed)
		}
	}
}

func TestTimeline_HasTheFaults(t *testing.T) {
	p := payment.Payment{Touched: []sim.Touch{{Fault: "flt_1", Kind: sim.BrokerCut, Says: "the broker is cut off"}}}
	if steps := faultSteps(p); len(steps) != 1 || steps[0].Title != "The broker is cut off" || !strings.Contains(steps[0].Note, "flt_1") || steps[0].Kind != "fault" {
		t.Errorf("the steps are %+v", faultSteps(p))
	}
}
