package gate

import (
	"net/http"
	"strings"
)

// The headers that a page of another origin may send and read besides those
// that every page may (Fetch, section 3.3).
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsSends   = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, " + MerchantHeader
	corsReads   = "Allow, ETag, Idempotency-Replayed, Location, Preference-Applied, Retry-After, WWW-Authenticate, X-Request-Id, " +
		policyHeader + ", " + stateHeader
	corsMaxAge = "600" // seconds for which a browser need not ask again
)

// Shared lets pages of some origins call what programs call: the API with bearer
// tokens, and where those come from. Nothing there looks at cookies, and none are
// let through. Pages of other origins are answered as before, and their browsers
// do not show them what.
func Shared(allows func(origin string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !shared(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		if origin == "" || !allows(origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsSends)
			h.Set("Access-Control-Max-Age", corsMaxAge)
			h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.Set("Access-Control-Expose-Headers", corsReads)
		next.ServeHTTP(w, r)
	})
}

// shared reports whether [Shared] covers a path.
func shared(path string) bool {
	return strings.HasPrefix(path, "/v1/") || path == "/graphql" || path == "/oauth/token" || path == "/oauth/revoke" ||
		strings.HasPrefix(path, "/.well-known/")
}
