package embedded_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/scenario"
)

var paymentID = regexp.MustCompile(`pay_[0-9a-f-]{36}`)

// pays makes a payment and pays it.
func (w *world) pays(reference string) string {
	w.Helper()
	made := w.shop("POST", "/v1/payments", `{"amount": {"value": "9.00", "currency": "EUR"}, "reference": "`+reference+`", "return_url": "https://shop.example/", "bank": "SANDNL2A"}`)
	id := paymentID.FindString(made)
	w.shop("POST", "/sim/payments/"+id+"/customer", `{"action": "pay"}`)
	return id
}

// moves does something with the first thing that is held of a payment.
func (w *world) moves(id, body string) {
	w.Helper()
	var held struct{ Data []struct{ ID string } }
	if said := w.shop("GET", "/sim/held?payment="+id, ""); json.Unmarshal([]byte(said), &held) != nil || len(held.Data) == 0 {
		w.Fatalf("nothing is held: %s", said)
	}
	w.shop("POST", "/sim/held/"+held.Data[0].ID, body)
}

// begun begins a fault, and returns its id.
func (w *world) begun(body string) string {
	w.Helper()
	return regexp.MustCompile(`flt_[0-9a-f-]{36}`).FindString(w.operator("POST", "/sim/faults", body))
}

// ends ends a fault, and waits until the audit log says so.
func (w *world) ends(id string) {
	w.Helper()
	w.operator("DELETE", "/sim/faults/"+id, "")
	for {
		found, err := w.node.Store().ListAudits(w.Context(), audit.Filter{Object: id, Action: audit.FaultEnd, Limit: 1})
		if err != nil || len(found) > 0 {
			return
		}
		if clock.Pause(w.Context(), time.Millisecond) != nil {
			return
		}
	}
}

// onPurpose are runs with something on purpose, and what the file has to say of it.
var onPurpose = map[string]struct {
	does func(w *world) string
	says string
}{
	"a slow bank": {func(w *world) string {
		w.begun(`{"kind": "bank_slow", "bank": "SANDNL2A", "delay": "5s", "for": "1h"}`)
		return w.pays("order")
	}, "fault: kind: bank_slow bank: SANDNL2A delay: 5s for: 1h as: fault1"},
	"a slow bank, ended": {func(w *world) string {
		slow := w.begun(`{"kind": "bank_slow", "bank": "SANDNL2A", "delay": "2m", "for": "1h"}`)
		w.advance("3s")
		first := w.pays("order")
		w.advance("3m")
		w.ends(slow)
		w.shop("POST", "/v1/payments/"+first+"/refunds", "")
		return first
	}, "fault: end: fault1"},
	"a bank that is offline": {func(w *world) string {
		id := w.pays("order")
		w.advance("10s")
		w.begun(`{"kind": "bank_offline", "bank": "SANDNL2A", "for": "10m"}`)
		w.advance("1s")
		w.shop("POST", "/v1/payments/"+id+"/refunds", `{"amount": {"value": "2.00", "currency": "EUR"}}`)
		w.advance("1h")
		return id
	}, "fault: kind: bank_offline"},
	"a request that is held for a while": {func(w *world) string {
		w.shop("POST", "/sim/holds", `{"hops": ["request"], "for": "2s"}`)
		return w.pays("order")
	}, "hold: payment: payment hops: - request times: 1 as: hold"},
	"a request that is dropped": {func(w *world) string {
		w.shop("POST", "/sim/holds", `{"hops": ["request"], "times": 1}`)
		id := w.pays("order")
		w.advance("4s")
		w.moves(id, `{"action": "drop"}`)
		w.advance("20m")
		return id
	}, "move: action: drop payment: payment hop: request kind: authorize"},
	"a result that is dropped": {func(w *world) string {
		w.shop("POST", "/sim/holds", `{"hops": ["result"], "times": 1}`)
		id := w.pays("order")
		w.advance("10s")
		w.moves(id, `{"action": "drop"}`)
		w.advance("20m")
		return id
	}, "move: action: drop payment: payment hop: result kind: result"},
	"a result that comes twice": {func(w *world) string {
		w.shop("POST", "/sim/holds", `{"hops": ["result"]}`)
		id := w.pays("order")
		w.advance("10s")
		w.moves(id, `{"action": "duplicate"}`)
		w.advance("1s")
		w.moves(id, `{"action": "release"}`)
		w.advance("1s")
		w.moves(id, `{"action": "release"}`)
		return id
	}, "move: action: duplicate"},
	"everything, step by step": {func(w *world) string {
		w.shop("POST", "/sim/holds", "")
		id := w.pays("order")
		for range 4 {
			w.advance("7s")
			w.shop("POST", "/sim/step", `{"payment": "`+id+`"}`)
		}
		return id
	}, "hops: - request - result - booking - webhook"},
}

// What a payment met on purpose comes again, at its time, with the same transcript.
func TestReplay_OfFaultsAndHolds(t *testing.T) {
	t.Parallel()
	for name, c := range onPurpose {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 7, 1)
			w.pays("another one")
			w.advance("1m")
			id := c.does(w)
			w.advance("3m")
			file, err := w.node.Processor().Scenario(t.Context(), processor.Only(identity.DemoShop.Merchant.ID), id)
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(strings.Fields(string(file)), " "); !strings.Contains(said, c.says) {
				t.Errorf("the file does not say %q:\n%s", c.says, file)
			}
			then := linesOf(w.operator("GET", "/sim/transcript", ""), id)
			r, again := replay(t, string(file))
			if now := linesOf(again, id); r.Outcome != scenario.Held || then != now {
				t.Errorf("%s\n%s\n%s", failedWith(r), file, difference(then, now))
			}
		})
	}
}
