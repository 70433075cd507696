package gate

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestShared_LetsRegisteredOriginsIn(t *testing.T) {
	const app = "https://app.example"
	h := Shared(func(origin string) bool { return origin == app }, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	ask := func(method, path, origin string, preflight bool) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if preflight {
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/v1/payments", "/oauth/token", "/oauth/revoke", "/.well-known/jwks.json", "/graphql"} {
		w := ask(http.MethodOptions, path, app, true)
		if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != app || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
			t.Errorf("%s, preflight: %d %v", path, w.Code, w.Header())
		}
		w = ask(http.MethodPost, path, app, false)
		if w.Code != http.StatusTeapot || w.Header().Get("Access-Control-Allow-Origin") != app || !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "X-Request-Id") {
			t.Errorf("%s from a registered origin: want the route's answer, shared with it, got %d %v", path, w.Code, w.Header())
		}
		for _, origin := range []string{"", "null", "https://evil.example"} {
			w := ask(http.MethodOptions, path, origin, true)
			if w.Code != http.StatusTeapot || w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Vary") != "Origin" {
				t.Errorf("%s from %q: %d %v", path, origin, w.Code, w.Header())
			}
		}
		if w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: cookies are let through", path)
		}
	}
	for _, path := range []string{"/", "/payments", "/oauth/authorize", "/oauth/introspect", "/sim/clock", "/pay/x", "/signed-in", "/v1"} {
		if w := ask(http.MethodOptions, path, app, true); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is let in: %v", path, w.Header())
		}
	}
}
