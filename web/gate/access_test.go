package gate

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
)

// staffed is a gate whose tokens are "role" or "role/merchant", before one route
// for each permission and merchant's things, one that is shared, and one open. Each answers with the
// merchant it is about.
func staffed(t *testing.T) http.Handler {
	t.Helper()
	g := &Gate{Base: "http://x", Clock: clock.NewManual(noon), Chance: chance.Seeded(1), Log: slog.New(slog.DiscardHandler)}
	g.Authenticate = func(token string) (identity.Principal, error) {
		role, merchant, _ := strings.Cut(token, "/")
		return identity.Principal{Client: token, Role: identity.Role(role), Merchant: identity.Merchant{ID: merchant}}, nil
	}
	g.Merchant = identity.NewRegistry(identity.Development()...).Merchant
	about := func(w http.ResponseWriter, _ *http.Request, who Call) error {
		return Reply(w, 200, who.Merchant.ID)
	}
	routes := []Route{
		{Method: "GET", Path: "/open", Needs: Open, Handle: about},
		{Method: "GET", Path: "/token", Needs: ByField, Shared: true, Handle: about},
	}
	for _, p := range identity.Permissions() {
		routes = append(routes,
			Route{Method: "GET", Path: "/own/" + string(p), Needs: p, Handle: about},
			Route{Method: "GET", Path: "/shared/" + string(p), Needs: p, Shared: true, Handle: about})
	}
	r := mux.NewRouter()
	g.Mount(r, routes)
	return r
}

func tokenOf(role identity.Role) string {
	if role.OfMerchant() {
		return string(role) + "/demo-shop"
	}
	return string(role)
}

// Every role against every permission, with no merchant named, its own or a known
// one, another one, and none that there is.
func TestAccess_EveryRoleAgainstEveryPermission(t *testing.T) {
	h := staffed(t)
	for _, role := range append(identity.Roles(), "", "root") {
		for _, p := range identity.Permissions() {
			for named, outcome := range map[string][2]string{ // of merchants' roles, of the others
				"":           {"demo-shop", "merchant_required"},
				"demo-shop":  {"demo-shop", "demo-shop"},
				"other-shop": {"merchant_foreign", "other-shop"},
				"nobody":     {"merchant_foreign", "merchant_unknown"},
			} {
				want := outcome[0]
				if !role.OfMerchant() {
					want = outcome[1]
				}
				if !role.May(p) {
					want = "role_forbidden"
				}
				if got := ask(t, h, "/own/"+string(p), tokenOf(role), named); got != want {
					t.Errorf("%q with %s for %q: %s, want %s", role, p, named, got, want)
				}
				if want == "merchant_required" {
					want = ""
				}
				if got := ask(t, h, "/shared/"+string(p), tokenOf(role), named); got != want {
					t.Errorf("%q with shared %s for %q: %s, want %s", role, p, named, got, want)
				}
			}
		}
	}
}

// ask is the merchant that was answered for, or the code of the refusal.
func ask(t *testing.T, h http.Handler, path, token, merchant string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if merchant != "" {
		r.Header.Set(MerchantHeader, merchant)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code == 200 {
		var id string
		if err := json.Unmarshal(w.Body.Bytes(), &id); err != nil {
			t.Error(err)
		}
		return id
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || w.Code != 400 && w.Code != 403 {
		t.Errorf("asked for %s: want a problem with 400 or 403, got %d %s", path, w.Code, w.Body)
	}
	return p.Code
}

func TestAccess_ARefusalSaysWhoMay(t *testing.T) {
	w := get(staffed(t), "/own/payments:write", "192.0.2.1:1", "merchant_reader/demo-shop")
	for _, word := range []string{"payments:write", "merchant_reader", "merchant, operator, administrator", "/docs/roles"} {
		if w.Code != 403 || !strings.Contains(w.Body.String(), word) {
			t.Errorf("%d, without %q: %s", w.Code, word, w.Body)
		}
	}
}

func TestAccess_AScopeNarrowsARole(t *testing.T) {
	who := identity.Principal{Role: identity.RoleMerchant, Scope: "payments:read events:read", Merchant: identity.DemoShop.Merchant}
	for p, want := range map[identity.Permission]string{
		identity.ReadPayments: "", identity.ReadEvents: "", identity.WritePayments: "scope_insufficient", identity.ReadLedger: "role_forbidden",
	} {
		if got := fault.Code(Permit(who, p)); got != want {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
	g := &Gate{Clock: clock.NewManual(noon), Chance: chance.Seeded(1), Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	g.refuse(w, httptest.NewRequest(http.MethodGet, "/", nil), g.own(), "rid_1", Permit(who, identity.WritePayments))
	if w.Code != 403 || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("refused for its scope: want 403 with insufficient_scope, got %d %v", w.Code, w.Header())
	}
}

func TestAccess_OpenRoutesLookAtNoToken(t *testing.T) {
	h := staffed(t)
	for _, token := range []string{"", "root", "operator"} {
		if w := get(h, "/open", "192.0.2.1:1", token); w.Code != 200 {
			t.Errorf("asked an open route with the token %q: want 200, got %d", token, w.Code)
		}
	}
	if got := ask(t, h, "/token", "bank", ""); got != "" {
		t.Errorf("a route that asks by field answered for %q", got)
	}
}

func TestMount_RefusesARouteThatSaysNothingOfItsAccess(t *testing.T) {
	for _, needs := range []identity.Permission{"", "payments", "anyone"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was mounted", needs)
				}
			}()
			new(Gate).Mount(mux.NewRouter(), []Route{{Method: "GET", Path: "/x", Needs: needs}})
		}()
	}
}

func BenchmarkPermit(b *testing.B) {
	who := identity.Principal{Role: identity.RoleMerchant, Merchant: identity.DemoShop.Merchant}
	for b.Loop() {
		if Permit(who, identity.WritePayments) != nil || Scoped(who) != nil {
			b.Fatal("refused")
		}
	}
}
