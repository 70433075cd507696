package graph_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"sandbank/audit"
	"sandbank/payment"
	"sandbank/web/gate"
)

// What is refused names the field, as over HTTP, and changes nothing.
func TestMutation_ComplainsAboutTheField(t *testing.T) {
	h := newHouse(t, nil)
	p := h.Made()
	pay := `payment: "` + p.ID + `", `
	for query, want := range map[string]string{
		`simulate(` + pay + `plan: {}) { id }`:                                                       "request_invalid must ask for something",
		`simulate(` + pay + `plan: {bank: {outcome: "declind"}}) { id }`:                             `request_invalid /bank/outcome did you mean "declined"?`,
		`simulate(` + pay + `plan: {bank: {dispute: {outcome: "silent", endsAfter: "3s"}}}) { id }`:  "request_invalid /bank/dispute/endsAfter never decided",
		`simulate(` + pay + `plan: {bank: {capture: {travel: "after_expiry"}}}) { id }`:              "request_invalid /bank/capture/travel must be one of",
		`simulate(` + pay + `plan: {channels: {stream: {how: ["late"]}}}) { id }`:                    "request_invalid /channels/stream/how/0 must be one of",
		`simulate(` + pay + `plan: {travel: "before_accepted", customer: [{action: "pay"}]}) { id }`: "simulation_too_late /travel",
		`simulate(payment: "pay_1", plan: {travel: "twice"}) { id }`:                                 "payment_not_found",
		`simulate(` + pay + `plan: {travel: 3}) { id }`:                                              "graphql_invalid",
		`simulate(` + pay + `plan: {travels: "twice"}) { id }`:                                       "graphql_invalid",
		`simulateCustomer(` + pay + `act: {action: "pay", card: "4539578763621486"}) { id }`:         "request_invalid /card published test cards",
		`simulateCustomer(` + pay + `act: {action: "pay", iban: "DE89370400440532013000"}) { id }`:   "request_invalid /iban published test accounts",
		`simulateCustomer(` + pay + `act: {action: "pays"}) { id }`:                                  `request_invalid /action did you mean "pay"?`,
		`simulateBank(` + pay + `answers: {}) { id }`:                                                "request_invalid must ask for something",
		`simulateBank(` + pay + `answers: {outcome: "declined", times: 101}) { id }`:                 "request_invalid /times must be 1 to 100",
		`simulateBank(` + pay + `answers: {challenge: {ends: "approve"}}) { id }`:                    "request_invalid /challenge only with",
	} {
		a := h.ask("mutation { "+query+" }", nil)
		code, about, _ := strings.Cut(want, " ")
		if a.code() != code {
			t.Errorf("%s: %+v, want %s", query, a.Errors, want)
			continue
		}
		fields := text(a.Errors[0].Extensions["errors"])
		for _, part := range strings.SplitN(about, " ", 2) {
			if !strings.Contains(fields, part) && !strings.Contains(fields, strings.ReplaceAll(part, `"`, `\"`)) {
				t.Errorf("%s: complains of %s, want %s", query, fields, want)
			}
		}
		if strings.Contains(fields, "4539") || strings.Contains(fields, "DE8937") {
			t.Errorf("%s: a number is repeated: %s", query, fields)
		}
	}
	operator := "Authorization: Bearer operator"
	for query, want := range map[string]string{
		`steerClock(wish: {}) { moments }`:                           "request_invalid",
		`steerClock(wish: {freeze: true, rate: 60}) { moments }`:     "request_invalid",
		`steerClock(wish: {advance: {by: "soon"}}) { moments }`:      "request_invalid",
		`steerClock(wish: {set: "tomorrow"}) { moments }`:            "graphql_invalid",
		`beginFault(fault: {kind: "bank_offline"}) { id }`:           "request_invalid",
		`beginFault(fault: {kind: "broker_cut", for: "25h"}) { id }`: "request_invalid",
		`endFault(id: "4242424242424242") { id }`:                    "fault_not_found",
		`a: reset b: reset c: reset`:                                 "query_too_costly",
	} {
		if a := h.ask("mutation { "+query+" }", nil, operator); a.code() != want {
			t.Errorf("%s: %+v, want %s", query, a.Errors, want)
		}
	}
	if got := h.Now(p.ID); got.Version != p.Version || h.resets != 0 {
		t.Errorf("what was refused changed something: %+v, %d resets", got, h.resets)
	}
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// A mutation is one request: each has its record in the audit log, also where its caller may not.
func TestMutation_StandsInTheAuditLog(t *testing.T) {
	h := newHouse(t, nil)
	p := h.Made()
	if a := h.ask(`mutation { simulateCustomer(payment: "`+p.ID+`", act: {action: "pay"}) { status simulate } }`, nil); a.code() != nil || at(a.Data, "simulateCustomer", "status") != string(payment.Processing) {
		t.Errorf("had the customer pay: %+v", a)
	}
	if a := h.ask(`mutation { reset }`, nil, "Authorization: Bearer operator"); a.code() != nil || h.resets != 1 {
		t.Errorf("reset: %+v", a)
	}
	for _, refused := range []string{`mutation { reset }`, `mutation { beginFault(fault: {kind: "broker_cut"}) { id } }`} {
		if a := h.ask(refused, nil); a.code() != "role_forbidden" {
			t.Errorf("%s by a merchant: %+v", refused, a)
		}
	}
	said := map[audit.Action]audit.Outcome{}
	for _, r := range h.records {
		said[r.Action] += r.Outcome
	}
	if said[audit.SimulatorReset] != audit.Allowed+audit.Refused || said[audit.FaultBegin] != audit.Refused {
		t.Errorf("the audit log has %v", said)
	}
	found := false
	for kept, err := range h.Disk.AllAudits(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r := kept.Record
		found = found || r.Action == audit.PaymentSimulate && r.Object == p.ID && r.Actor.ID == "demo-shop" && r.Outcome == audit.Allowed
	}
	if !found {
		t.Error("the customer's act has no record")
	}
}

// Mutations come by POST with one answer, and by no other way.
func TestMutation_ByPostAlone(t *testing.T) {
	h := newHouse(t, nil)
	const query = `mutation { reset }`
	resp := h.post(request(query, nil), "Authorization: Bearer operator", "Accept: application/json, text/event-stream", gate.MerchantHeader+": demo-shop")
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "graphql_invalid") {
		t.Errorf("with streams in Accept: %s, %v", body, err)
	}
	k := h.hello("demo-operator")
	k.subscribe("a", query, nil)
	if f := k.read(); !strings.Contains(string(f.Payload), "graphql_invalid") {
		t.Errorf("over a WebSocket: %+v %s", f, f.Payload)
	}
	if h.resets != 0 {
		t.Errorf("%d resets", h.resets)
	}
}
