package node

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sandbank/identity"
)

// byItself lists what is read by rules of its own: OAuth has unknown parameters
// ignored (RFC 6749, section 3.1), and these pages read none.
var byItself = regexp.MustCompile(`^GET (/oauth/|/signed-in|/signed-out)|^ANY `)

// No route, stream or page reads past a parameter that it does not know, or cannot
// read: a filter that was misspelled would answer with everything.
func TestQueries_EveryRouteRefusesWhatItDoesNotTake(t *testing.T) {
	n := made(t, Config{People: People{Clients: []identity.Client{callers["chief"], identity.DemoShop}}})
	key, err := n.store.Secret(t.Context(), "checkout", nil)
	if err != nil {
		t.Fatal(err)
	}
	page := "/pay/" + identity.NewCheckout(key).Token("pay_01890a5d-ac96-774b-bcce-b302099a8057")
	token, _, err := n.tokens.Issue("chief", "chief-secret-too", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range mounted(t, n.Routes()) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || byItself.MatchString(route) || strings.Contains(path, "{sheet}") {
			continue
		}
		at := strings.NewReplacer("/pay/{token}", page, "/mollie/state/{token}", strings.Replace(page, "/pay/", "/mollie/state/", 1), "/docs/http/{chapter}", "/docs/http/payments", "/docs/recipes/{recipe}", "/docs/recipes/duplicates").Replace(path)
		at = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.Replace(at, "/v1/events/{id}", "/v1/events/evt_1", 1), "x")
		for _, query := range []string{"nonsense=1", "limit=%zz&nonsense=a;b"} {
			r := httptest.NewRequest(method, at+"?x", nil)
			r.URL.RawQuery = query
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Sandbank-Merchant", "demo-shop")
			w := httptest.NewRecorder()
			n.Routes().ServeHTTP(w, r)
			named := strings.Contains(w.Body.String(), "nonsense") || strings.HasPrefix(path, "/pay/") || strings.HasPrefix(path, "/mollie/state/")
			if w.Code != http.StatusBadRequest || !named {
				t.Errorf("%s?%s: %d %.300s", route, query, w.Code, w.Body)
			}
		}
	}
}
