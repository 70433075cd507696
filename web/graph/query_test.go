package graph_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"sandbank/payment"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/graph/generated"
)

func TestQuery_ShowsWhatTheHTTPInterfaceShows(t *testing.T) {
	h := newHouse(t, nil)
	p := h.captured()
	got := h.ask(`query ($id: ID!) {
		payment(id: $id) {
			id status amount { value currency } bank { identifier name routedBy } reference description returnUrl metadata checkoutUrl
			createdAt updatedAt expiresAt reason { code iso8583 } why { source rule words } simulate attemptsLeft
			lastAttempt { number status bank routedBy method brand last4 startedAt decidedAt authorizationCode } links { self checkout cancel refunds }
			capture authorizedUntil capturedAmount { value } refundedAmount { value } captures { id status final amount { value } decidedAt }
			voids { id } refunds { id } dispute { id }
		}
		banks { identifier name currencies online heardAt behavior }
		lastSequence
		events(types: ["payment.captured"]) { nextAfter data { id type sequence timestamp body payment { status } } }
		webhookEndpoints { id url events enabled }
	}`, map[string]any{"id": p.ID})
	if len(got.Errors) > 0 {
		t.Fatalf("asked for everything about a payment: want no errors, got %+v", got.Errors)
	}
	now := h.Now(p.ID).Resource(h.Config.Address)
	shown := at(got.Data, "payment").(map[string]any)
	for path, want := range map[string]any{
		"id": p.ID, "status": "captured", "amount/value": "19.99", "amount/currency": "EUR", "checkoutUrl": now.CheckoutURL,
		"createdAt": now.CreatedAt.Format(time.RFC3339Nano), "reason": nil, "why/source": "bank", "why/rule": "test", "simulate": nil, "description": nil, "metadata": nil,
		"bank/routedBy": "merchant", "lastAttempt/routedBy": "merchant", "lastAttempt/status": "approved", "lastAttempt/last4": "4242", "links/self": now.Links.Self, "links/cancel": nil,
		"capture": "automatic", "authorizedUntil": nil, "capturedAmount/value": "19.99", "refundedAmount/value": "0.00", "dispute": nil, "links/refunds": now.Links.Refunds,
	} {
		if v := at(shown, strings.Split(path, "/")...); v != want {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	captures := at(shown, "captures").([]any)
	if len(captures) != 1 || at(captures[0], "id") != now.Captures[0].ID || at(captures[0], "final") != now.Captures[0].Final || len(at(shown, "refunds").([]any)) != 0 {
		t.Errorf("captures are %v, refunds %v", captures, at(shown, "refunds"))
	}
	events, err := h.Disk.Events(t.Context(), "demo-shop", 1, 1)
	h.OK(err)
	e := at(got.Data, "events", "data").([]any)[0]
	if at(e, "body") != string(events[0].Body()) || at(e, "id") != events[0].ID || at(e, "payment", "status") != "captured" || at(e, "sequence") != 2.0 {
		t.Errorf("the event is %v", e)
	}
	if at(got.Data, "lastSequence") != 2.0 || at(got.Data, "events", "nextAfter") != 2.0 || len(at(got.Data, "banks").([]any)) != 2 {
		t.Errorf("asked for banks and events: want two banks and sequence 2, got %v", got.Data)
	}
	one := h.ask(`query ($id: ID!) { event(id: $id) { body } }`, map[string]any{"id": events[0].ID})
	if at(one.Data, "event", "body") != string(events[0].Body()) {
		t.Errorf("asked for event %s: want the body that was told, got %+v", events[0].ID, one)
	}
}

func TestQuery_PaymentsInPages(t *testing.T) {
	h := newHouse(t, nil)
	for range 5 {
		h.Made()
	}
	h.captured()
	const query = `query ($f: PaymentFilter, $c: ID) { payments(filter: $f, cursor: $c, limit: 2) { nextCursor data { id status } } }`
	var cursor any
	seen := map[any]bool{}
	for pages := 0; ; pages++ {
		a := h.ask(query, map[string]any{"c": cursor})
		for _, p := range at(a.Data, "payments", "data").([]any) {
			seen[at(p, "id")] = true
		}
		if cursor = at(a.Data, "payments", "nextCursor"); cursor == nil || pages > 5 {
			break
		}
	}
	if len(seen) != 6 {
		t.Errorf("saw %d of 6 payments", len(seen))
	}
	a := h.ask(query, map[string]any{"f": map[string]any{"status": "captured", "reference": "order-1"}})
	if list := at(a.Data, "payments", "data").([]any); len(list) != 1 || at(list[0], "status") != "captured" {
		t.Errorf("asked for captured payments of order-1: want one, got %v", list)
	}
	for name, c := range map[string]struct {
		f    map[string]any
		want int
	}{
		"bank":        {map[string]any{"bank": "SANDNL2A", "status": "captured"}, 1},
		"other bank":  {map[string]any{"bank": "MUTEIE2A"}, 0},
		"method":      {map[string]any{"method": "card"}, 1},
		"other":       {map[string]any{"method": "account"}, 0},
		"from":        {map[string]any{"from": "2001-01-01T00:00:00Z"}, 2},
		"to":          {map[string]any{"to": "2001-01-01T00:00:00Z"}, 0},
		"all of them": {map[string]any{"bank": "SANDNL2A", "method": "card", "from": "2001-01-01T00:00:00Z", "to": "2101-01-01T00:00:00Z"}, 1},
	} {
		if list := at(h.ask(query, map[string]any{"f": c.f}).Data, "payments", "data").([]any); len(list) != c.want {
			t.Errorf("by %s: %d payments, want %d", name, len(list), c.want)
		}
	}
	if a := h.ask(query, nil, "Authorization: Bearer other-shop"); len(at(a.Data, "payments", "data").([]any)) != 0 {
		t.Errorf("another merchant sees %v", a.Data)
	}
}

func TestQuery_ErrorsHaveCodes(t *testing.T) {
	h := newHouse(t, nil)
	p := h.Made()
	for query, code := range map[string]string{
		`{ payment(id: "pay_1") { id } }`:                                                                 "payment_not_found",
		`{ event(id: "evt_1") { id } }`:                                                                   "event_not_found",
		`{ payments(limit: 101) { nextCursor } }`:                                                         "query_invalid",
		`{ payments(limit: -1) { nextCursor } }`:                                                          "query_invalid",
		`{ payments(cursor: "x") { nextCursor } }`:                                                        "query_invalid",
		`{ events(after: -1) { nextAfter } }`:                                                             "query_invalid",
		`{ events(types: ["payment.paid"]) { nextAfter } }`:                                               "query_invalid",
		`{ events(payment: "pay_1") { nextAfter } }`:                                                      "payment_not_found",
		`{ events(after: 99999999999999999999) { nextAfter } }`:                                           "graphql_invalid",
		`{ payments(filter: {status: paid}) { nextCursor } }`:                                             "graphql_invalid",
		`{ payments(filter: {bank: "sandnl2a"}) { nextCursor } }`:                                         "query_invalid",
		`{ payments(filter: {method: cash}) { nextCursor } }`:                                             "graphql_invalid",
		`{ payments(filter: {from: "2027-01-01"}) { nextCursor } }`:                                       "graphql_invalid",
		`{ payments(filter: {from: "2027-01-02T00:00:00Z", to: "2027-01-01T00:00:00Z"}) { nextCursor } }`: "query_invalid",
		`{ nothing }`:                    "graphql_invalid",
		`{ banks `:                       "graphql_invalid",
		`subscription { events { id } }`: "graphql_invalid",
		`mutation { x }`:                 "graphql_invalid",
		`{ ` + aliases(110, `payment(id: "pay_1") { id }`) + ` }`: "query_too_costly",
		`{ ` + aliases(3, `payments(limit: 100) { data { id status reference returnUrl createdAt updatedAt expiresAt attemptsLeft checkoutUrl amount { value currency } bank { identifier name } links { self } } }`) + ` }`: "query_too_costly",
		`{ ` + aliases(900, `banks { name }`) + ` }`:                                            "graphql_invalid", // too many words
		strings.Repeat(`{ payment `, 3000):                                                      "graphql_invalid",
		`{ a: __schema { types { fields { type { fields { type { fields { name } } } } } } } }`: "graphql_invalid",
	} {
		a := h.ask(query, nil)
		if a.code() != code || len(a.Errors) == 0 || a.Errors[0].Message == "" {
			t.Errorf("%.80s: %+v, want %s", query, a.Errors, code)
		}
	}
	if a := h.ask(`query ($id: ID!) { payment(id: $id) { id } }`, map[string]any{"id": p.ID}, "Authorization: Bearer other-shop"); a.code() != "payment_not_found" {
		t.Errorf("another's payment: %+v", a)
	}
	if said := h.Log.String(); strings.Contains(said, "panicked") || strings.Contains(said, "failed") {
		t.Errorf("the log has %s", said)
	}
}

// The audits of the GraphQL-over-HTTP specification, unchanged. The MAYs on
// GET need not hold: GET is for WebSockets here, since URLs end in logs.
func TestQuery_PassesTheAuditOfGraphQLOverHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Node")
	}
	h := newHouse(t, nil)
	cmd := exec.CommandContext(t.Context(), "node", "graphql-http.mjs", h.url, "demo-shop")
	cmd.Dir = "../../tools/npm"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v (make setup installs the audits)\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "MAY ") || !strings.Contains(line, "GET") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if !strings.Contains(string(out), "MAY ") {
		t.Errorf("the audits have not run: %s", out)
	}
}

// An operation that is not run is told apart by the status where the caller knows
// the specification's own media type.
func TestQuery_AnswersAsAsked(t *testing.T) {
	h := newHouse(t, nil)
	for _, c := range []struct {
		accept, query, media string
		status               int
		data                 bool
	}{
		{"", `{ lastSequence }`, "application/json", 200, true},
		{"*/*", `{ lastSequence }`, "application/json", 200, true},
		{"application/graphql-response+json, application/json;q=0.9", `{ lastSequence }`, "application/graphql-response+json", 200, true},
		{"application/graphql-response+json", `{ nothing }`, "application/graphql-response+json", 400, false},
		{"application/graphql-response+json", `{ ` + aliases(110, `payment(id: "pay_1") { id }`) + ` }`, "application/graphql-response+json", 400, false},
		{"application/graphql-response+json;q=0.5, application/json", `{ nothing }`, "application/json", 200, false},
		{"application/json", `{ nothing }`, "application/json", 200, false},
		{"application/graphql-response+json", `{ payment(id: "pay_1") { id } }`, "application/graphql-response+json", 200, true},
	} {
		resp := h.post(request(c.query, nil), "Accept: "+c.accept)
		body, err := io.ReadAll(resp.Body)
		var members map[string]any
		if err == nil {
			err = json.Unmarshal(body, &members)
		}
		_, data := members["data"]
		if err != nil || resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.media || data != c.data {
			t.Errorf("%q %.40s: %s %s %s, %v", c.accept, c.query, resp.Status, resp.Header.Get("Content-Type"), body, err)
		}
	}
}

func aliases(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: %s ", i, field)
	}
	return b.String()
}

func TestPost_RefusesWhatIsNoRequest(t *testing.T) {
	h := newHouse(t, nil)
	for name, c := range map[string]struct {
		body, header, code string
		status             int
	}{
		"a batch":         {`[{"query": "{ banks { name } }"}]`, "", "json_invalid", 400},
		"no JSON":         {`{`, "", "json_invalid", 400},
		"nothing":         {``, "", "json_invalid", 400},
		"null":            {`null`, "", "json_invalid", 400},
		"no query":        {`{"variables": {}}`, "", "json_invalid", 400},
		"a list of words": {`{"query": "{ banks { name } }", "variables": [1]}`, "", "json_invalid", 400},
		"a giant":         {`{"query": "` + strings.Repeat("x", 70_000) + `"}`, "", "body_too_large", 413},
		"a form":          {`query=x`, "Content-Type: application/x-www-form-urlencoded", "content_type", 415},
		"multipart":       {`x`, "Content-Type: multipart/form-data; boundary=x", "content_type", 415},
		"no token":        {`{}`, "Authorization: Bearer x", "token_invalid", 401},
	} {
		header := []string{}
		if c.header != "" {
			header = append(header, c.header)
		}
		resp := h.post(c.body, header...)
		var p gate.Problem
		body, _ := io.ReadAll(resp.Body)
		if err := json.Unmarshal(body, &p); err != nil || resp.StatusCode != c.status || p.Code != c.code {
			t.Errorf("%s: %s %s, want %d %s", name, resp.Status, body, c.status, c.code)
		}
	}
}

// The whole introspection, as clients send it, is answered.
func TestQuery_Introspection(t *testing.T) {
	h := newHouse(t, nil)
	a := h.ask(`query { __schema { queryType { name } subscriptionType { name } types { kind name description
		fields(includeDeprecated: true) { name description args { name type { ...T } defaultValue } type { ...T } }
		inputFields { name type { ...T } } enumValues { name description } } directives { name locations args { name } } } }
		fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }`, nil)
	if len(a.Errors) > 0 || len(at(a.Data, "__schema", "types").([]any)) < 20 {
		t.Errorf("introspected the schema: want 20 types or more and no errors, got %+v", a)
	}
}

func TestSchema_IsServed(t *testing.T) {
	h := newHouse(t, nil)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/graphql/schema.graphql", nil)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if string(body) != graph.Schema || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %d bytes", resp.Status, len(body))
	}
}

// No type leads back to itself, so the depth of a query is bounded.
func TestSchema_HasNoCycle(t *testing.T) {
	s := gqlparser.MustLoadSchema(&ast.Source{Input: graph.Schema})
	var walk func(name string, above []string)
	walk = func(name string, above []string) {
		for _, a := range above {
			if a == name {
				t.Fatalf("%v leads back to %s", above, name)
			}
		}
		for _, f := range s.Types[name].Fields {
			if to := s.Types[f.Type.Name()]; to != nil && to.Kind == ast.Object && !strings.HasPrefix(f.Name, "__") {
				walk(to.Name, append(above, name))
			}
		}
	}
	walk("Query", nil)
	walk("Subscription", nil)
}

// The schema's enums have the same words as the other channels.
func TestSchema_HasTheWordsOfTheOtherChannels(t *testing.T) {
	s := gqlparser.MustLoadSchema(&ast.Source{Input: graph.Schema})
	var got []payment.Status
	for _, v := range s.Types["PaymentStatus"].EnumValues {
		got = append(got, payment.Status(v.Name))
	}
	if fmt.Sprint(got) != fmt.Sprint(payment.Statuses()) {
		t.Errorf("%v, want %v", got, payment.Statuses())
	}
}

// The generated code is that of the present schema; if not, run `make generate`.
func TestGenerated_IsUpToDate(t *testing.T) {
	text := func(s *ast.Schema) string {
		var b strings.Builder
		formatter.NewFormatter(&b, formatter.WithBuiltin()).FormatSchema(s)
		return b.String()
	}
	made := generated.NewExecutableSchema(generated.Config{}).Schema()
	if text(made) != text(gqlparser.MustLoadSchema(&ast.Source{Input: graph.Schema})) {
		t.Error("graph/generated was made from another schema")
	}
}
