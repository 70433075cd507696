// Package host decides under which names a server may be asked. A page of any site
// can have its own name resolve to 127.0.0.1 once it is loaded (DNS rebinding):
// the browser then takes the answers of a server on loopback for that site's own,
// and lets the page read and press everything. The name stays in the Host header,
// where the page cannot change it.
//
// This package knows names; each server has its own form of a refusal.
package host

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Status is the status of a refusal: the request has reached a server without
// the name in its Host header (RFC 9110, section 15.5.20).
const Status = http.StatusMisdirectedRequest

// Names are the names of a server besides those of loopback, which are always
// its own. The zero value has none.
type Names struct {
	own map[string]bool
	// below are the ends of names, such as ".example" of "*.example".
	below []string
}

// Of are the names in URLs, addresses with a port and bare names: the names
// under which a server's settings say it is reached. An address without a name
// adds none.
func Of(places ...string) (n Names) {
	n.own = map[string]bool{}
	for _, place := range places {
		name := place
		if u, err := url.Parse(place); err == nil && u.Host != "" {
			name = u.Host
		}
		name = bare(name)
		if rest, wild := strings.CutPrefix(name, "*"); wild {
			n.below = append(n.below, rest)
		} else if ip, err := netip.ParseAddr(name); name != "" && (err != nil || !ip.IsUnspecified()) {
			n.own[name] = true
		}
	}
	return n
}

// Check complains about a name to be allowed that is not a host name or an
// address, without scheme and port, or "*." and the end of host names.
func Check(name string) error {
	rest := strings.TrimPrefix(name, "*.")
	if _, err := netip.ParseAddr(strings.Trim(rest, "[]")); err == nil && rest == name {
		return nil
	}
	if rest == "" || strings.ContainsAny(rest, "*/:@?#[] \t,") {
		return fmt.Errorf("%q: write a host's name or address, without scheme and port, such as pay.test or *.pay.test", name)
	}
	return nil
}

// Serves reports whether a request asks for one of the names, or for the address
// at which it arrived. A request without any comes from no browser.
func (n Names) Serves(r *http.Request) bool {
	name := bare(r.Host)
	if r.Host == "" || n.own[name] || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	for _, end := range n.below {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	at, err := netip.ParseAddr(name)
	if err != nil || at.Zone() != "" {
		return false
	}
	at = at.Unmap()
	return at.IsLoopback() || at == arrival(r)
}

// arrival is the address of this machine at which a request came in.
func arrival(r *http.Request) netip.Addr {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// Guard lets through what asks for one of the names; refuse answers the rest, and
// should say [Hint].
func (n Names) Guard(refuse http.HandlerFunc, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Serves(r) {
			next.ServeHTTP(w, r)
			return
		}
		// The connection is for another name: later requests on it are not for this server.
		w.Header().Set("Cache-Control", "no-store")
		refuse(w, r)
	})
}

// Message words the refusal. The name is the sender's own, and short enough to
// be shown.
func Message(r *http.Request) string {
	return fmt.Sprintf("This server does not go by the name %.80q.", bare(r.Host))
}

// Hint says what to do about it.
const Hint = "Use the address that was printed at start. If the name is meant to lead here, start with --allow-host and the name, " +
	"or, where it is the public address, with --public-url."

// Page is a refusal as an HTML page. It needs no style sheet and no script: there
// are none under that name.
func Page(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src data:; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(Status)
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`+
		`<link rel="icon" href="data:,"><title>Not under this name</title><h1>Not under this name</h1><p>%s</p><p>%s</p></html>
`, html.EscapeString(Message(r)), Hint)
}

// bare is the name in a Host header, in lower case and without port, brackets and
// the dot of the root.
func bare(hostport string) string {
	name := hostport
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		name = host
	}
	if inside, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(inside, "]")
	}
	return strings.TrimSuffix(strings.ToLower(name), ".")
}
