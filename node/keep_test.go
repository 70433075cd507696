package node

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/identity"
)

// An embedded node keeps the newest payments. Older ones go once they are settled and paid out, and
// whoever asks for one is told; at the end of the test every invariant holds.
func TestKeep_OldPaymentsGoOnceTheyArePaidOut(t *testing.T) {
	keep, nightly := 3, 23*time.Hour+30*time.Minute
	n := started(t, Config{
		Banks: Banks{Tempers: bank.Seven()[:1]}, Store: Database{Keep: &keep}, Money: Money{PayoutAt: &nightly, Transit: time.Second},
	})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	w.token(identity.DemoOperator)
	w.token(identity.DemoAuditor)
	b := &buyer{town: w, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	paid := func(count int) (ids []string) {
		t.Helper()
		for range count {
			code, body := w.send("demo-shop", "POST", "/v1/payments", strings.TrimSuffix(order, "}")+`, "simulate": {"customer": [{"action": "pay"}]}}`, "")
			if code != http.StatusAccepted {
				t.Fatalf("made a payment: want 202, got %d %s", code, body)
			}
			ids = append(ids, member(t, body, "id").(string))
		}
		for _, id := range ids {
			b.await("payment "+id+" is captured", func() bool {
				_, body := w.send("demo-shop", "GET", "/v1/payments/"+id, "", "")
				return strings.Contains(body, `"status":"captured"`)
			})
		}
		return ids
	}
	_, made := w.send("demo-shop", "POST", "/v1/webhook-endpoints", `{"url": "http://127.0.0.1:1/", "events": ["dispute.opened"]}`, "")
	hooked, _ := member(t, made, "id").(string)
	first := paid(4)
	if code, body := w.send("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "26h"}, "follow": true}`, ""); code != http.StatusOK {
		t.Fatalf("advanced the clock by a day: want 200, got %d %s", code, body)
	}
	second := paid(4)
	for _, id := range first {
		b.await("payment "+id+" is let go, as new ones come", func() bool {
			second = append(second[1:], paid(1)...)
			code, body := w.send("demo-shop", "GET", "/v1/payments/"+id, "", "")
			return code == http.StatusGone && strings.Contains(body, "payment_gone")
		})
	}
	for _, id := range second {
		if code, body := w.send("demo-shop", "GET", "/v1/payments/"+id, "", ""); code != http.StatusOK {
			t.Errorf("read the newer payment %s: want 200, got %d %s", id, code, body)
		}
	}
	if _, body := w.send("demo-shop", "GET", "/v1/payments?limit=100", "", ""); member(t, body, "older_let_go") != true {
		t.Errorf("listed the payments: want it to say that older ones were let go, got %s", body)
	}
	for _, list := range []string{"payments", "disputes"} {
		_, body := w.send("demo-shop", "POST", "/graphql", `{"query": "{`+list+`(limit: 100) {olderLetGo}}"}`, "")
		if !strings.Contains(body, `"olderLetGo":true`) {
			t.Errorf("listed the %s by GraphQL: want it to say that older ones were let go, got %s", list, body)
		}
	}
	_, payouts := w.send("demo-shop", "GET", "/v1/payouts?limit=1", "", "")
	payout, _ := member(t, payouts, "data").([]any)[0].(map[string]any)["id"].(string)
	for _, list := range []string{"/webhook-endpoints/" + hooked + "/deliveries", "/payouts/" + payout + "/items"} {
		if _, body := w.send("demo-shop", "GET", "/v1"+list, "", ""); member(t, body, "older_let_go") != true {
			t.Errorf("listed %s: want it to say that some were let go, got %s", list, body)
		}
	}
	if _, body := w.send("demo-auditor", "GET", "/v1/audit?object=none", "", ""); member(t, body, "older_let_go") != true {
		t.Errorf("listed the audit log: want it to say that some of it was let go, got %s", body)
	}
	for _, page := range []string{"/", "/disputes", "/settlements", "/audit", "/webhooks/" + hooked} {
		if _, body := w.send("", "GET", page, "", ""); !strings.Contains(body, `href="/docs/keep"`) {
			t.Errorf("the dashboard's %s does not say that older ones were let go:\n%s", page, body)
		}
	}
	if code, body := w.send("demo-shop", "GET", "/v1/events?after=1", "", ""); code != http.StatusGone || !strings.Contains(body, "events_gone") {
		t.Errorf("read events from the beginning on: want 410 events_gone, got %d %s", code, body)
	}
	if code, body := w.send("demo-shop", "GET", "/v1/events?after=0&limit=1", "", ""); code != http.StatusOK || !strings.Contains(body, "payout.created") {
		t.Errorf("read the first event that is kept: want the payout's, got %d %s", code, body)
	}
}

// An embedded node keeps payments for so long as it is told, and archives those that go then: time alone
// makes them old.
func TestKeep_ByAgeIntoAnArchive(t *testing.T) {
	folder, nightly := filepath.Join(t.TempDir(), "archive"), 23*time.Hour+30*time.Minute
	n := started(t, Config{
		Banks: Banks{Tempers: bank.Seven()[:1]}, Store: Database{KeepFor: 48 * time.Hour, Archive: folder}, Money: Money{PayoutAt: &nightly, Transit: time.Second},
	})
	w := &town{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, seen: map[string]bool{}}
	w.token(identity.DemoShop)
	w.token(identity.DemoOperator)
	b := &buyer{town: w, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	pay := func() (id string) {
		t.Helper()
		_, body := w.send("demo-shop", "POST", "/v1/payments", strings.TrimSuffix(order, "}")+`, "simulate": {"customer": [{"action": "pay"}]}}`, "")
		id, _ = member(t, body, "id").(string)
		b.await("payment "+id+" is captured", func() bool {
			_, body := w.send("demo-shop", "GET", "/v1/payments/"+id, "", "")
			return strings.Contains(body, `"status":"captured"`)
		})
		return id
	}
	pass := func(span string) {
		t.Helper()
		if code, body := w.send("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "`+span+`"}, "follow": true}`, ""); code != http.StatusOK {
			t.Fatalf("advanced the clock by %s: want 200, got %d %s", span, code, body)
		}
	}
	old := pay()
	pass("30h")
	young := pay()
	pass("20h")
	b.await("payment "+old+" is let go, since two days have passed", func() bool {
		code, _ := w.send("demo-shop", "GET", "/v1/payments/"+old, "", "")
		return code == http.StatusGone
	})
	if code, body := w.send("demo-shop", "GET", "/v1/payments/"+young, "", ""); code != http.StatusOK {
		t.Errorf("read the payment of yesterday: want 200, got %d %s", code, body)
	}
	files, err := filepath.Glob(filepath.Join(folder, "payments-*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the archive has %v, %v; want the file of one day", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1 || member(t, lines[0], "payment").(map[string]any)["id"] != old {
		t.Fatalf("the archive has %d lines, want one with payment %s:\n%s", len(lines), old, text)
	}
	for _, list := range []string{"messages", "entries", "events", "audits"} {
		if got, _ := member(t, lines[0], list).([]any); len(got) == 0 {
			t.Errorf("the archived payment has no %s:\n%s", list, lines[0])
		}
	}
}
