package node

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/web/gate"
)

// cast is a whole processor, and things of demo-shop that others want.
type cast struct {
	*testing.T
	base   string
	tokens map[string]string // by client
	ids    []string          // of demo-shop's: payment, event, endpoint, delivery
	paths  *strings.Replacer
}

// callers are the clients, and whose role and merchant each has.
var callers = map[string]identity.Client{
	"demo-shop": identity.DemoShop, "other-shop": identity.OtherShop, "demo-reader": identity.DemoReader,
	"other-reader":  {ID: "other-reader", Secret: "other-reader-secret", Role: identity.RoleMerchantReader, Merchant: identity.OtherShop.Merchant},
	"demo-operator": identity.DemoOperator, "demo-auditor": identity.DemoAuditor,
	"chief": {ID: "chief", Secret: "chief-secret-too", Role: identity.RoleAdministrator},
}

func newCast(t *testing.T) *cast {
	n := started(t, Config{People: People{Clients: slices.Collect(maps.Values(callers))}})
	c := &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	for id, client := range callers {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {client.Secret.Reveal()}}
		_, body := c.send("", "POST", "/oauth/token", form.Encode(), "")
		c.tokens[id], _ = member(t, body, "access_token").(string)
	}
	endpoint := c.endpoint("demo-shop")
	_, body := c.send("demo-shop", "POST", "/v1/payments", order, "")
	payment, _ := member(t, body, "id").(string)
	c.send("demo-shop", "POST", "/v1/payments/"+payment+"/cancel", "", "")
	_, body = c.send("demo-shop", "GET", "/v1/events?after=0", "", "")
	event, _ := member(t, body, "data").([]any)[0].(map[string]any)["id"].(string)
	_, body = c.send("demo-shop", "GET", "/v1/webhook-endpoints/"+endpoint+"/deliveries", "", "")
	delivery, _ := member(t, body, "data").([]any)[0].(map[string]any)["id"].(string)
	c.ids = []string{payment, event, endpoint, delivery}
	c.paths = strings.NewReplacer("/payments/{id}", "/payments/"+payment, "/events/{id}", "/events/"+event,
		"/webhook-endpoints/{id}", "/webhook-endpoints/"+endpoint, "{delivery}", delivery, "{operation}", "none", "{bic}", "SANDNL2A")
	return c
}

const (
	order    = `{"amount": {"value": "19.99", "currency": "EUR"}, "reference": "order-1042", "return_url": "https://shop.example/"}`
	receiver = `{"url": "http://127.0.0.1:1/hooks"}`
)

func (c *cast) endpoint(of string) string {
	c.Helper()
	_, body := c.send(of, "POST", "/v1/webhook-endpoints", receiver, "")
	id, _ := member(c.T, body, "id").(string)
	return id
}

func member(t *testing.T, body, name string) any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil || m[name] == nil {
		t.Fatalf("no %s in %s", name, body)
	}
	return m[name]
}

// send asks, and reads the answer; of a stream only that it began.
func (c *cast) send(client, method, path, body, merchant string) (int, string) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), 5*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if path == "/sim/snapshot" {
		r.Header.Set("Content-Type", "application/zip")
	}
	if path == "/oauth/token" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if client != "" {
		r.Header.Set("Authorization", "Bearer "+c.tokens[client])
	}
	if merchant != "" {
		r.Header.Set(gate.MerchantHeader, merchant)
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		return answer.StatusCode, ""
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// Every role against every route, over HTTP, with ids that are demo-shop's: for
// itself, for demo-shop, for another merchant, and for one that is not there.
func TestRoles_EveryOneAgainstEveryRoute(t *testing.T) {
	c := newCast(t)
	routes := access().API
	reset := slices.IndexFunc(routes, func(r gate.Route) bool { return r.Path == "/sim/reset" })
	last := routes[reset] // it takes the ids with it
	for _, route := range append(slices.Delete(slices.Clone(routes), reset, reset+1), last) {
		for id := range callers {
			for _, named := range []string{"", "demo-shop", "other-shop", "nobody"} {
				c.cell(route, id, named)
			}
		}
	}
}

func (c *cast) cell(route gate.Route, id, named string) {
	c.Helper()
	caller, path := callers[id], c.paths.Replace(route.Path)
	about := caller.Merchant.ID // whose things it will be
	if named != "" {
		about = named
	}
	want := "" // the code of the refusal
	switch {
	case route.Needs == gate.Open:
	case route.Needs != gate.ByField && !caller.Role.May(route.Needs):
		want = "role_forbidden"
	case caller.Role.OfMerchant() && about != caller.Merchant.ID:
		want = "merchant_foreign"
	case about == "nobody":
		want = "merchant_unknown"
	case about == "" && !route.Shared:
		want = "merchant_required"
	case about == "other-shop" && strings.Contains(route.Path, "{id}"):
		want = "_not_found"
	}
	body := map[string]string{
		"POST /v1/payments": order, "POST /v1/webhook-endpoints": receiver, "POST /graphql": `{"query": "{ banks { identifier } }"}`,
		"PATCH /v1/webhook-endpoints/{id}": "{}", "POST /v1/disputes/{id}/evidence": `{"evidence": "it was sent"}`,
		"POST /v1/breaks/{id}/write-off": `{"note": "small"}`, "POST /sim/disputes/{id}/decide": `{"outcome": "won"}`,
		"POST /sim/payments/{id}/simulate": `{"travel": "twice"}`, "POST /sim/payments/{id}/customer": `{"action": "walk_away"}`,
		"POST /sim/payments/{id}/bank": `{"outcome": "approved"}`, "POST /sim/holds": held, "POST /sim/held/{id}": `{"action": "release"}`,
	}[route.Method+" "+route.Path]
	if want == "" && strings.HasSuffix(route.Path, "/webhook-endpoints") && route.Method == "POST" || want == "" && (route.Method == "DELETE" || route.Path == "/sim/holds") {
		path = c.fresh(route, path, about)
	}
	status, text := c.send(id, route.Method, path, body, named)
	where := strings.Join([]string{route.Method, route.Path, "by", id, "for", named}, " ")
	everything := about == "" && route.Path == "/sim/transcript" // of a whole run, where no merchant is named
	if about != "demo-shop" && !everything {
		for _, hidden := range c.ids {
			// A refusal may repeat the input, and the audit log records it.
			if status < 300 && route.Needs != identity.ReadAudit && strings.Contains(text, hidden) {
				c.Errorf("%s: it has %s, which is demo-shop's: %s", where, hidden, text)
			}
		}
	}
	if want == "" && (status != 404 || !absent(route)) {
		if status == 401 || status == 403 || status == 404 || strings.Contains(text, "merchant_") && status == 400 {
			c.Errorf("%s: %d %s", where, status, text)
		}
		return
	}
	if want == "" {
		want = "_not_found"
	}
	var p gate.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || !strings.HasSuffix(p.Code, want) || status < 400 {
		c.Errorf("%s: %d %.200s, want %s", where, status, text, want)
	}
}

// absent reports whether a route is about something that the cast has none of.
// Whose such things are is held to tests of package api.
func absent(route gate.Route) bool {
	return slices.ContainsFunc([]string{"{operation}", "/disputes/{id}", "/payouts/{id}", "/settlements/{id}", "/breaks/{id}", "/faults/{id}", "/holds/{id}", "/held/{id}", "/merchants/{id}"},
		func(part string) bool { return strings.Contains(route.Path, part) })
}

// fresh makes room for one endpoint more, or one to delete, so that a cell takes
// nothing from the next.
func (c *cast) fresh(route gate.Route, path, merchant string) string {
	c.Helper()
	if route.Path == "/sim/faults/{id}" {
		_, body := c.send(identity.DemoOperator.ID, "POST", "/sim/faults", `{"kind": "receiver_fails"}`, "")
		id, _ := member(c.T, body, "id").(string)
		return "/sim/faults/" + id
	}
	if route.Path == "/sim/merchants/{id}" {
		_, body := c.send(identity.DemoOperator.ID, "POST", "/sim/merchants", "", "")
		id, _ := member(c.T, body, "id").(string)
		return "/sim/merchants/" + id
	}
	if strings.HasPrefix(route.Path, "/sim/holds") {
		return c.freshHold(route, path, merchant)
	}
	if route.Method == "DELETE" {
		return "/v1/webhook-endpoints/" + c.endpoint(merchant)
	}
	_, body := c.send(merchant, "GET", "/v1/webhook-endpoints", "", "")
	list, _ := member(c.T, body, "data").([]any)
	for _, e := range list {
		if id, _ := e.(map[string]any)["id"].(string); id != c.ids[2] {
			c.send(merchant, "DELETE", "/v1/webhook-endpoints/"+id, "", "")
		}
	}
	return path
}

// held is a hold that holds nothing of what the cast does.
const held = `{"hops": ["booking"], "times": 1}`

// freshHold ends all holds, and begins one to end.
func (c *cast) freshHold(route gate.Route, path, merchant string) string {
	c.Helper()
	_, body := c.send(identity.DemoOperator.ID, "GET", "/sim/holds", "", "")
	list, _ := member(c.T, body, "data").([]any)
	for _, h := range list {
		id, _ := h.(map[string]any)["id"].(string)
		c.send(identity.DemoOperator.ID, "DELETE", "/sim/holds/"+id, "", "")
	}
	if route.Method != "DELETE" {
		return path
	}
	_, body = c.send(identity.DemoOperator.ID, "POST", "/sim/holds", held, merchant)
	id, _ := member(c.T, body, "id").(string)
	return "/sim/holds/" + id
}
