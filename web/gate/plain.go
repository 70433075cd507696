package gate

import (
	"net/http"

	"sandbank/fault"
)

// Plain answers plain HTTP where there is HTTPS: browsers are redirected, programs
// are refused. A redirect would hide from a program that its request, perhaps with
// a token, went over the network in the clear.
func (g *Gate) Plain() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, program := g.spoken(r)
		page := r.Method == http.MethodGet || r.Method == http.MethodHead
		if page && r.Header.Get("Authorization") == "" && r.Header.Get("Upgrade") == "" && !program {
			to := g.Base + r.URL.EscapedPath()
			if r.URL.RawQuery != "" {
				to += "?" + r.URL.RawQuery
			}
			http.Redirect(w, r, to, http.StatusPermanentRedirect)
			return
		}
		// The rest of the body is not read.
		w.Header().Set("Connection", "close")
		g.Refuse(w, r, fault.New(fault.Forbidden, "https_required", "This came over plain HTTP, and was not looked at.").
			Hinting("Use %s. If a secret or token was sent, take it for known to others: end its use.", g.Base))
	})
}
