package graph_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/web/gate"
	"sandbank/web/graph"
)

// The table and the schema have the same fields: a new one without a permission
// fails here, and is refused when it is asked for.
func TestFields_EveryOneHasAPermission(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.Schema})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, f := range graph.Fields() {
		if left[f.Name] = true; f.Needs == "" {
			t.Errorf("%s needs nothing", f.Name)
		}
	}
	for kind, of := range map[string]*ast.Definition{"query": schema.Query, "mutation": schema.Mutation, "subscription": schema.Subscription} {
		if of == nil {
			continue
		}
		for _, f := range of.Fields {
			if name := kind + " " + f.Name; !strings.HasPrefix(f.Name, "__") && !left[name] {
				t.Errorf("%s stands in no table: say in fields what it needs", name)
			} else {
				delete(left, name)
			}
		}
	}
	for name := range left {
		t.Errorf("%s is in the table, and not in the schema", name)
	}
}

// asked is an operation that asks for one field alone, of a payment and an event.
func asked(field, payment, event string) string {
	return map[string]string{
		"query payment":          `{ payment(id: "` + payment + `") { id } }`,
		"query payments":         `{ payments { data { id } } }`,
		"query disputes":         `{ disputes { data { id payment } } }`,
		"query payouts":          `{ payouts { data { id } } }`,
		"query banks":            `{ banks { identifier } }`,
		"query events":           `{ events { data { id } } }`,
		"query event":            `{ event(id: "` + event + `") { id } }`,
		"query lastSequence":     `{ lastSequence }`,
		"query webhookEndpoints": `{ webhookEndpoints { id } }`,
		"query clock":            `{ clock { now mode rate version nextDueAt computerTime } }`,
		"query faults":           `{ faults { id kind } }`,
		"query holds":            `{ holds { id hops merchant payment for within times beganAt endsAt givesUpAt taken held } }`,
		"query held":             `{ held { id hold hop place status payment merchant bank kind says since endedAt copyOf } }`,
		"mutation beginHold":     `mutation { beginHold(hold: {hops: ["booking"], times: 1}) { id } }`,
		"mutation endHold":       `mutation { endHold(id: "hld_x") }`,
		"mutation moveHeld":      `mutation { moveHeld(id: "hop_x", move: {action: "release"}) { id } }`,
		"mutation step":          `mutation { step { id } }`,

		"mutation simulate":         `mutation { simulate(payment: "` + payment + `", plan: {channels: {webhook: {how: ["twice"]}}}) { id } }`,
		"mutation simulateCustomer": `mutation { simulateCustomer(payment: "` + payment + `", act: {action: "walk_away"}) { id } }`,
		"mutation simulateBank":     `mutation { simulateBank(payment: "` + payment + `", answers: {refund: {outcome: "silent"}}) { id } }`,
		"mutation steerClock":       `mutation { steerClock(wish: {follow: true}) { clock { now } } }`,
		"mutation beginFault":       `mutation { beginFault(fault: {kind: "receiver_fails", times: 1}) { id } }`,
		"mutation endFault":         `mutation { endFault(id: "flt_x") { id } }`,
		"mutation reset":            `mutation { reset }`,
		"subscription events":       `subscription { events(after: 0) { id } }`,
		"subscription payment":      `subscription { payment(id: "` + payment + `") { id } }`,
	}[field]
}

// Every role against every field: as itself, for its own or a named merchant, and
// for a merchant whose payment and event it is not.
func TestFields_EveryRoleAgainstEachOfThem(t *testing.T) {
	h := newHouse(t, nil)
	p := h.captured() // of demo-shop
	stranger := processortest.Wish()
	stranger.Merchant = "other-shop"
	other, _, err := h.Create(t.Context(), stranger)
	h.OK(err)
	h.Try(other.ID) // so that a subscription of other-shop has something to say
	events, err := h.Disk.Events(t.Context(), "demo-shop", 0, 1)
	h.OK(err)
	tokens := map[identity.Role]string{identity.RoleMerchant: "demo-shop", identity.RoleMerchantReader: "demo-reader"}
	for _, role := range identity.Roles() {
		token := tokens[role]
		if token == "" {
			token = string(role)
		}
		for _, f := range graph.Fields() {
			query := asked(f.Name, p.ID, events[0].ID)
			if query == "" {
				t.Fatalf("nothing asks for %s", f.Name)
			}
			for named, want := range map[string]string{
				"":           "merchant_required",
				"demo-shop":  "",
				"other-shop": "foreign",
				"nobody":     "merchant_unknown",
			} {
				switch {
				case role.OfMerchant() && named != "" && named != "demo-shop":
					want = "merchant_foreign"
				case named == "nobody":
				case !role.May(f.Needs):
					want = "role_forbidden"
				case f.Shared, role.OfMerchant() && named == "":
					want = ""
				}
				got, data := h.outcome(f.Name, query, token, named)
				if want == "foreign" {
					if strings.Contains(data, p.ID) || strings.Contains(data, events[0].ID) || got != "" && !strings.HasSuffix(got, "_not_found") {
						t.Errorf("%s, %s for another merchant: %s %s", role, f.Name, got, data)
					}
				} else if got != want && !(want == "" && got == refusedAfterwards[f.Name]) {
					t.Errorf("%s, %s for %q: %q, want %q", role, f.Name, named, got, want)
				}
			}
		}
	}
}

// refusedAfterwards are the codes of mutations that this processor cannot carry out, whoever asks. The
// customer of a captured payment does nothing more.
var refusedAfterwards = map[string]string{
	"mutation steerClock": "clock_not_steerable", "mutation endFault": "fault_not_found", "mutation beginFault": "too_many_faults",
	"mutation simulateCustomer": "payment_captured", "mutation endHold": "hold_not_found", "mutation moveHeld": "held_not_found", "mutation step": "nothing_held",
}

// outcome is the code with which an operation was refused, "" for none, and all
// that came back. A subscription goes over a WebSocket, to its first word.
func (h *house) outcome(field, query, token, named string) (code, data string) {
	h.t.Helper()
	if !strings.HasPrefix(field, "subscription") {
		resp := h.post(request(query, nil), "Authorization: Bearer "+token, gate.MerchantHeader+": "+named)
		var a struct {
			answer
			Code string `json:"code"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			h.t.Fatal(err)
		}
		if a.Code == "" && len(a.Errors) > 0 {
			a.Code, _ = a.code().(string)
		}
		return a.Code, fmt.Sprint(a.Data)
	}
	k := h.dial()
	defer func() { _ = k.conn.CloseNow() }()
	hello, _ := json.Marshal(map[string]string{"authorization": "Bearer " + token, gate.MerchantHeader: named})
	k.send(frame{Type: "connection_init", Payload: hello})
	_, b, err := k.conn.Read(h.t.Context())
	if err != nil { // closed with the code in its reason
		_, why, _ := strings.Cut(err.Error(), `reason = "`)
		code, _, _ := strings.Cut(why, ":")
		return code, ""
	}
	if !strings.Contains(string(b), "connection_ack") {
		h.t.Fatalf("opened a subscription of %s: want connection_ack, got %s", field, b)
	}
	k.subscribe("a", query, nil)
	f := k.read()
	var a answer
	if f.Type == "error" {
		err = json.Unmarshal(f.Payload, &a.Errors)
	} else {
		err = json.Unmarshal(f.Payload, &a)
	}
	if err != nil {
		h.t.Fatalf("read the answer to %s, %+v: %v", field, f, err)
	}
	code, _ = a.code().(string)
	return code, fmt.Sprint(a.Data)
}

// However a field is asked for, it is the same field; and what is refused keeps
// all of the operation from being looked up.
func TestFields_NoSpellingGetsAround(t *testing.T) {
	h := newHouse(t, nil)
	h.captured()
	for name, query := range map[string]string{
		"alias":           `{ banks: payments { data { id } } }`,
		"fragment":        `{ ...f } fragment f on Query { payments { data { id } } }`,
		"inline fragment": `{ ... on Query { payments { data { id } } } }`,
		"beside others":   `{ __typename banks { identifier } payments { data { id } } }`,
		"directive":       `query { payments @include(if: true) { data { id } } }`,
	} {
		if got := h.ask(query, nil, "Authorization: Bearer bank"); got.code() != "role_forbidden" || got.Data != nil {
			t.Errorf("a bank asked for payments by %s: want role_forbidden and no data, got %+v", name, got)
		}
	}
	for _, query := range []string{`{ __typename }`, `{ __schema { queryType { name } } }`, `query { payments @skip(if: true) { data { id } } __typename }`} {
		if got := h.ask(query, nil, "Authorization: Bearer bank"); got.code() != nil {
			t.Errorf("a bank asked %s: want no error, got %+v", query, got)
		}
	}
}

// Permissions of subscriptions hold over server-sent events, too, and a handshake
// that has the token names the merchant as well.
func TestFields_OnEveryWayIn(t *testing.T) {
	h := newHouse(t, nil)
	h.captured()
	sse := h.post(request(everything, map[string]any{"after": 0}), "Authorization: Bearer operator", "Accept: text/event-stream")
	body, err := io.ReadAll(sse.Body) // what is refused has an end
	if err != nil || !strings.Contains(string(body), "merchant_required") {
		t.Errorf("an operator subscribed without a merchant: want merchant_required, got %s, %v", body, err)
	}
	k := h.dial("Authorization: Bearer operator", gate.MerchantHeader+": demo-shop")
	k.send(frame{Type: "connection_init"})
	if f := k.read(); f.Type != "connection_ack" {
		t.Fatalf("opened a connection for demo-shop: want connection_ack, got %+v", f)
	}
	k.subscribe("a", everything, map[string]any{"after": 0})
	if got := k.hear("a", 1); len(got) != 1 {
		t.Errorf("listened to demo-shop's events: want one, got %v", got)
	}
}
