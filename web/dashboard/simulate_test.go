package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/payment/reason"
)

// A payment's page has its customer and its bank do something, and shows it.
func TestSteer_CustomerAndBankFromThePage(t *testing.T) {
	b := newBoard(t)
	p := b.Made()
	at := "/payments/" + p.ID
	if _, page := b.get(at); !strings.Contains(page, "Have the customer do it") || !strings.Contains(page, "The bank, asked to authorize") {
		t.Errorf("the page cannot steer: %.2000s", page)
	}
	if w := b.post(at+"/bank", url.Values{"outcome": {"declined"}, "reason": {reason.LostCard}, "after": {"3s"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("told the bank to decline: want 303, got %d %s", w.Code, w.Body)
	}
	if w := b.post(at+"/customer", url.Values{"action": {"pay"}, "card": {"4242424242424242"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("had the customer pay: want 303, got %d %s", w.Code, w.Body)
	}
	q := b.Requests(p.ID)
	if len(q) != 1 || q[0].Simulate == nil || q[0].Simulate.Reason != reason.LostCard || q[0].Simulate.AnswerAt == nil {
		t.Fatalf("the bank is asked for %+v", q)
	}
	_, page := b.get(at)
	for _, want := range []string{"On purpose, the customer pays with Visa", "on purpose: simulate.bank asks for declined, lost_card"} {
		if !strings.Contains(page, want) {
			t.Errorf("the timeline does not say %q", want)
		}
	}
	for path, c := range map[string]struct {
		form url.Values
		says string
	}{
		"/bank":     {url.Values{"outcome": {"declined"}, "after": {"tomorrow"}}, "must be a duration"},
		"/customer": {url.Values{"action": {"cancel"}}, "already working on this payment"},
	} {
		w := b.post(at+path, c.form)
		if w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d, without %q", path, w.Code, c.says)
		}
	}
	b.Say(processortest.Answer(q[0], payment.OutcomeApproved))
	if _, page := b.get(at); strings.Contains(page, "Have the customer do it") || !strings.Contains(page, "The bank, asked to refund") {
		t.Error("a captured payment still has a customer, or no bank")
	}
}
