package dashboard

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/processor"
)

// as is the board for one viewer.
func (b *board) as(p identity.Principal, in bool) *board {
	router := mux.NewRouter()
	New(Config{
		Processor: b.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: b.Config.Address, Clock: b.Clock, Log: slog.New(slog.DiscardHandler),
		Base: "http://x", Faults: b.faults, Runs: b.runs, Lessons: b.lessons, Class: b.pupils, Curl: "curl -u demo-shop:demo-shop-secret", Who: func(*http.Request) (identity.Principal, bool) { return p, in },
	}).Mount(router)
	other := *b
	other.front = router
	return &other
}

func TestWho_SeesWhat(t *testing.T) {
	b := newBoard(t)
	list, err := b.Disk.Payments(t.Context(), processor.Filter{Limit: 1})
	b.OK(err)
	payment := "/payments/" + list[0].ID
	pages := []string{"/", "/?q=" + list[0].ID, payment, "/events", "/webhooks", b.page, b.delivery, "/banks", "/ledger", "/dead-letters"}
	merchant := func(id string, role identity.Role) *board {
		return b.as(identity.Principal{Person: "ann", Role: role, Merchant: identity.Merchant{ID: id, Name: id}}, true)
	}
	for name, c := range map[string]struct {
		b     *board
		codes string
		shows bool // the payment, where there is a page at all
	}{
		"administrator":             {b.as(identity.Principal{Person: "ann", Role: identity.RoleAdministrator}, true), "200 200 200 200 200 200 200 200 200 200", true},
		"auditor":                   {b.as(identity.Principal{Person: "ann", Role: identity.RoleAuditor}, true), "200 200 200 200 200 200 200 200 200 200", true},
		"its merchant":              {merchant("demo-shop", identity.RoleMerchant), "200 200 200 200 200 200 200 200 403 403", true},
		"its reader":                {merchant("demo-shop", identity.RoleMerchantReader), "200 200 200 200 200 200 200 200 403 403", true},
		"another merchant":          {merchant("other-shop", identity.RoleMerchant), "200 200 404 200 200 404 404 200 403 403", false},
		"a merchant without a name": {merchant("", identity.RoleMerchant), "200 200 404 200 200 404 404 200 403 403", false},
		"a narrow scope":            {b.as(identity.Principal{Person: "ann", Role: identity.RoleAdministrator, Scope: "ledger:read"}, true), "403 403 403 403 403 403 403 403 200 403", false},
		"nobody":                    {b.as(identity.Principal{}, false), "401 401 401 401 401 401 401 401 401 401", false},
	} {
		var codes []string
		shown := 0
		for _, page := range pages {
			code, body := c.b.get(page)
			codes = append(codes, http.StatusText(code))
			if strings.Contains(body, "demo-shop-secret") {
				t.Errorf("%s sees a secret at %s", name, page)
			}
			if page != payment && page != "/?q="+list[0].ID && page != "/ledger" && strings.Contains(body, list[0].ID) {
				shown++
			}
		}
		var want []string
		for _, code := range strings.Fields(c.codes) {
			want = append(want, map[string]string{"200": "OK", "401": "Unauthorized", "403": "Forbidden", "404": "Not Found"}[code])
		}
		if strings.Join(codes, ",") != strings.Join(want, ",") || (shown > 0) != c.shows {
			t.Errorf("%s: %v, want %v; the payment is on %d pages", name, codes, want, shown)
		}
	}
}

// A button that changes something needs more than the permission to read.
func TestWho_MayPress(t *testing.T) {
	b := newBoard(t)
	for name, c := range map[string]struct {
		p    identity.Principal
		want int
	}{
		"its merchant":     {identity.Principal{Role: identity.RoleMerchant, Merchant: identity.DemoShop.Merchant}, http.StatusSeeOther},
		"its reader":       {identity.Principal{Role: identity.RoleMerchantReader, Merchant: identity.DemoShop.Merchant}, http.StatusForbidden},
		"another merchant": {identity.Principal{Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, http.StatusNotFound},
		"auditor":          {identity.Principal{Role: identity.RoleAuditor}, http.StatusForbidden},
	} {
		if w := b.as(c.p, true).post(b.page+"/disable", nil); w.Code != c.want {
			t.Errorf("%s disables an endpoint: %d, want %d", name, w.Code, c.want)
		}
		if w := b.as(c.p, true).post("/dead-letters/x/discard", nil); w.Code != http.StatusForbidden {
			t.Errorf("%s discards a letter: %d", name, w.Code)
		}
	}
}

func TestWho_StreamsEndWithTheSession(t *testing.T) {
	b := newBoard(t)
	for path, in := range map[string]*board{"/dashboard/stream": b} {
		asked := 0
		router := mux.NewRouter()
		New(Config{Processor: b.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: b.Config.Address, Clock: b.Clock, Log: slog.New(slog.DiscardHandler), Base: "http://x",
			Who: func(*http.Request) (identity.Principal, bool) {
				asked++
				return identity.Principal{Role: identity.RoleAdministrator}, asked < 3
			}}).Mount(router)
		in.front = router
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)) // returns, or the test does not
		if asked < 3 {
			t.Errorf("asked %d times", asked)
		}
	}
}
