package gate

import (
	"encoding/json"
	"net/http"
	"strings"

	"sandbank/identity"
	"sandbank/web/contract"
)

// own is the dialect of the house's own API, the default of a route: bearer
// tokens, JSON, and problem details of RFC 9457.
func (g *Gate) own() Dialect {
	return Dialect{Authenticator: bearer{g}, Body: JSON, Refuser: problems{g}}
}

// ownPath reports whether a path is the house's own and for programs, not people.
func ownPath(path string) bool {
	for _, prefix := range []string{"/v1/", "/sim/", "/graphql", "/oauth/", "/.well-known/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// bearer knows callers by access tokens (RFC 6750).
type bearer struct{ gate *Gate }

// Authenticate implements [Authenticator].
func (b bearer) Authenticate(r *http.Request) (identity.Principal, error) {
	return b.gate.Authenticate(Bearer(r.Header.Get("Authorization")))
}

// Named implements [Authenticator].
func (bearer) Named(r *http.Request) string { return r.Header.Get(MerchantHeader) }

// Bearer is the token of an Authorization header (RFC 6750, section 2.1). A
// token in the URL or body is not looked for: it would end in logs.
func Bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// problems refuses with problem details.
type problems struct{ gate *Gate }

// Refuse implements [Refuser].
func (p problems) Refuse(w http.ResponseWriter, _ *http.Request, refusal Refusal) {
	f := refusal.Fault
	switch {
	case f.Code == TokenMissing: // no error code where nothing was sent (RFC 6750, section 3.1)
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank"`)
	case f.Code == "scope_insufficient":
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank", error="insufficient_scope"`)
	case refusal.Status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbank", error="invalid_token"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(refusal.Status)
	_ = json.NewEncoder(w).Encode(Problem{
		Type: p.gate.Base + "/problems/" + f.Code, Title: titleOf(f.Code, refusal.Status), Status: refusal.Status, Detail: f.Message,
		Code: f.Code, Hint: f.Hint, Errors: f.Fields, RequestID: refusal.RequestID,
	})
}

// titleOf is the same for every occurrence of a code, as RFC 9457 asks.
func titleOf(code string, status int) string {
	if p, ok := contract.FindProblem(code); ok {
		return p.Title
	}
	return http.StatusText(status)
}
