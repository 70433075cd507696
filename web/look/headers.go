package look

import (
	"net/http"
	"strings"
)

// CSP is the content security policy of a page that posts only to its own
// origin: nothing from elsewhere, nothing inline, no frames, no base.
const CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Policy is what a family of pages may do beyond [CSP]. Its zero value is the
// checkout's and the dashboard's.
//
// Chromium applies form-action also to where the answer to a post redirects.
// A page whose form ends on another origin must name it in FormTargets, as the
// shop does for the checkout; the checkout returns by a plain link instead.
type Policy struct {
	// FormTargets are further origins ("http://localhost:8080") that a form
	// may post to, or be redirected to.
	FormTargets []string
	// Referrer is the Referrer-Policy. Empty means "same-origin": the address
	// of a checkout never leaves for the merchant or the bank, while a form's
	// own post keeps its Origin header, which "no-referrer" would turn to null.
	Referrer string
}

// Header is the value of Content-Security-Policy.
func (p Policy) Header() string {
	if len(p.FormTargets) == 0 {
		return CSP
	}
	return strings.Replace(CSP, "form-action 'self'", "form-action 'self' "+strings.Join(p.FormTargets, " "), 1)
}

// Wrap sets the headers before next writes its own; next may override any.
func (p Policy) Wrap(next http.Handler) http.Handler {
	csp, referrer := p.Header(), p.Referrer
	if referrer == "" {
		referrer = "same-origin"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("Referrer-Policy", referrer)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store") // the back button must ask again
		next.ServeHTTP(w, r)
	})
}

// SecureHeaders wraps pages that stay on their own origin.
func SecureHeaders(next http.Handler) http.Handler { return Policy{}.Wrap(next) }
