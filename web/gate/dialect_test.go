package gate_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/web/gate"
)

// teller is a toy API beside the house's own: secret keys as the user name of
// Basic authentication, bodies that are forms, errors that are one line of text,
// and paths under /teller/.
type teller struct{ keys map[string]identity.Principal }

func (t teller) Authenticate(r *http.Request) (identity.Principal, error) {
	key, _, sent := r.BasicAuth()
	if !sent {
		return identity.Principal{}, fault.New(fault.Unauthenticated, gate.TokenMissing, "You did not provide a key.")
	}
	caller, known := t.keys[key]
	if !known {
		return caller, fault.New(fault.Unauthenticated, "key_unknown", "There is no such key.")
	}
	return caller, nil
}

func (teller) Named(r *http.Request) string { return r.Header.Get("Teller-Account") }

func (teller) Refuse(w http.ResponseWriter, _ *http.Request, refusal gate.Refusal) {
	if refusal.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="teller"`)
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(refusal.Status)
	_, _ = fmt.Fprintf(w, "%s %s (%s)", refusal.Fault.Code, refusal.Fault.Message, refusal.RequestID)
}

var form = gate.Body{Name: "a form", Media: "application/x-www-form-urlencoded", Limit: 40}

// bilingual is a gate before one route of the house's own and the toy's beside it.
func bilingual(t *testing.T, limits gate.Limits) (http.Handler, *[]audit.Record) {
	t.Helper()
	now := clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	limits.Clock = now
	var records []audit.Record
	g := &gate.Gate{
		Base: "http://x", Clock: now, Chance: chance.Seeded(1), Log: slog.New(slog.DiscardHandler), Limits: gate.NewLimiter(limits),
		Merchant: identity.NewRegistry(identity.Development()...).Merchant,
		Record:   func(r audit.Record) { records = append(records, r) },
	}
	g.Authenticate = func(string) (identity.Principal, error) {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "No.")
	}
	shop := identity.Principal{Client: "shop", Role: identity.RoleMerchant, Merchant: identity.Merchant{ID: "demo-shop"}}
	api := teller{keys: map[string]identity.Principal{"sk_shop": shop, "sk_root": {Client: "root", Role: identity.RoleAdministrator}}}
	dialect := &gate.Dialect{
		Authenticator: api, Body: form, Refuser: api,
		Owns: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/teller/") },
	}
	charge := func(w http.ResponseWriter, r *http.Request, call gate.Call) error {
		body, err := form.Read(r)
		if err != nil {
			return err
		}
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			return fault.New(fault.Invalid, "form_invalid", "The form cannot be read.")
		}
		return gate.Reply(w, http.StatusOK, []string{call.Merchant.ID, fields.Get("amount"), call.RequestID})
	}
	own := func(http.ResponseWriter, *http.Request, gate.Call) error { return nil }
	r := mux.NewRouter()
	g.Mount(r, []gate.Route{{Method: http.MethodGet, Path: "/v1/own", Needs: identity.ReadPayments, Handle: own}})
	g.Mount(r, []gate.Route{
		{Method: http.MethodPost, Path: "/teller/charges", Needs: identity.WritePayments, Action: audit.PaymentCreate, Dialect: dialect, Handle: charge},
		{Method: http.MethodGet, Path: "/teller/audit", Needs: identity.ReadAudit, Dialect: dialect, Handle: own},
		{Method: http.MethodGet, Path: "/teller/broken", Needs: gate.Open, Dialect: dialect, Handle: func(http.ResponseWriter, *http.Request, gate.Call) error { panic("broken") }},
	})
	r.NotFoundHandler = http.HandlerFunc(g.NotFound)
	r.MethodNotAllowedHandler = g.MethodNotAllowed(r)
	return g.Guard(r), &records
}

func ask(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func basic(key string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
}

func TestDialect_HasItsOwnKeysBodiesAndErrors(t *testing.T) {
	h, _ := bilingual(t, gate.Limits{})
	key, kind := []string{"Authorization", basic("sk_shop")}, []string{"Content-Type", form.Media}
	both := append(key, kind...)
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		says               string
	}{
		"a charge":           {"POST", "/teller/charges", "amount=42", both, 200, `["demo-shop","42","rid_`},
		"for another":        {"POST", "/teller/charges", "amount=1", append(kind, "Authorization", basic("sk_root"), "Teller-Account", "other-shop"), 200, `["other-shop","1","rid_`},
		"for nobody":         {"POST", "/teller/charges", "amount=1", append(kind, "Authorization", basic("sk_root")), 400, "merchant_required "},
		"no key":             {"POST", "/teller/charges", "amount=42", kind, 401, "token_missing You did not provide a key. (rid_"},
		"a wrong key":        {"POST", "/teller/charges", "amount=42", append(kind, "Authorization", basic("sk_guess")), 401, "key_unknown There is no such key. (rid_"},
		"a bearer token":     {"POST", "/teller/charges", "amount=42", append(kind, "Authorization", "Bearer sk_shop"), 401, "token_missing "},
		"a role too low":     {"GET", "/teller/audit", "", key, 403, "role_forbidden "},
		"JSON":               {"POST", "/teller/charges", "{}", append(key, "Content-Type", "application/json"), 415, "content_type The body must be a form. (rid_"},
		"a body too large":   {"POST", "/teller/charges", "amount=" + strings.Repeat("4", 40), both, 413, "body_too_large The body is larger than 40 bytes. (rid_"},
		"a panic":            {"GET", "/teller/broken", "", nil, 500, "internal_error "},
		"no such path":       {"GET", "/teller/nothing", "", key, 404, "route_not_found "},
		"no such method":     {"DELETE", "/teller/charges", "", key, 405, "method_not_allowed "},
		"the house's own":    {"GET", "/v1/own", "", key, 401, `{"type":"http://x/problems/token_invalid"`},
		"its unknown path":   {"GET", "/v1/nothing", "", nil, 404, `{"type":"http://x/problems/route_not_found"`},
		"neither's path":     {"GET", "/nothing", "", nil, 404, `{"type":"http://x/problems/route_not_found"`},
		"its unknown method": {"DELETE", "/v1/own", "", nil, 405, `{"type":"http://x/problems/method_not_allowed"`},
	} {
		w := ask(h, c.method, c.path, c.body, c.headers...)
		if w.Code != c.status || !strings.HasPrefix(w.Body.String(), c.says) {
			t.Errorf("%s: %s %s answered %d %s, expected %d %s…", name, c.method, c.path, w.Code, w.Body, c.status, c.says)
		}
		if id := w.Header().Get("X-Request-Id"); id == "" || w.Code != 200 && !strings.Contains(w.Body.String(), id) {
			t.Errorf("%s: the answer %s does not name the request %q", name, w.Body, id)
		}
	}
	if w := ask(h, "POST", "/teller/charges", "", kind...); w.Header().Get("WWW-Authenticate") != `Basic realm="teller"` {
		t.Errorf("the challenge is %q, expected the toy's own", w.Header().Get("WWW-Authenticate"))
	}
}

// Another API shares the audit log, the count of wrong keys and the limits on
// addresses; refusals are in its own form.
func TestDialect_SharesAuditAndLimits(t *testing.T) {
	h, records := bilingual(t, gate.Limits{Address: gate.Rate{PerSecond: 1, Burst: 100}})
	ask(h, "POST", "/teller/charges", "amount=42", "Authorization", basic("sk_shop"), "Content-Type", form.Media)
	if len(*records) != 1 || (*records)[0].Actor.ID != "shop" || (*records)[0].Action != audit.PaymentCreate || (*records)[0].Outcome != audit.Allowed {
		t.Errorf("after one charge the audit log has %+v, expected one record of the client shop", *records)
	}
	for range 60 {
		ask(h, "POST", "/teller/charges", "", "Authorization", basic("sk_guess"))
	}
	if w := ask(h, "POST", "/teller/charges", "", "Authorization", basic("sk_guess")); w.Code != 429 || !strings.HasPrefix(w.Body.String(), "too_many_failures ") {
		t.Errorf("after 60 wrong keys: %d %s, expected 429 too_many_failures", w.Code, w.Body)
	}
	for range 100 {
		ask(h, "GET", "/teller/nothing", "")
	}
	w := ask(h, "GET", "/teller/nothing", "", "Accept", "text/html")
	if w.Code != 429 || !strings.HasPrefix(w.Body.String(), "rate_limited ") || w.Header().Get("Retry-After") == "" {
		t.Errorf("past the limit on the address: %d %s, Retry-After %q, expected 429 in the toy's words", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
}
