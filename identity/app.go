package identity

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// App is a program that people sign in to and that cannot keep a secret: an
// OAuth public client. It is known by its redirect URIs.
type App struct {
	ID        string
	Name      string // shown to people
	Redirects []string
}

// DemoApp is the development app: one on the developer's own machine.
var DemoApp = App{ID: "demo-app", Name: "Demo app", Redirects: []string{"http://127.0.0.1/callback", "http://[::1]/callback"}}

// CheckRedirect returns what is wrong with a redirect URI that is to be
// registered. Few characters are allowed, on purpose: the URI becomes part of a
// header.
func CheckRedirect(text string) error {
	u, err := url.Parse(text)
	bad := func(why string) error {
		return fmt.Errorf("%q cannot be a redirect URI: %s", text, why)
	}
	switch {
	case err != nil || u.Scheme == "":
		return bad("it is not an absolute URI")
	case strings.ContainsAny(text, " \t\r\n;,'\"\\<>#*@"):
		return bad("it has a fragment, a user, or a character that a URI should not have")
	case u.Scheme == "https" && u.Host != "", u.Scheme == "http" && (loopback(u) || u.Hostname() == "localhost"):
		return nil
	case u.Scheme == "http":
		return bad("plain HTTP is for this machine only")
	case strings.Contains(u.Scheme, ".") && u.Host == "": // RFC 8252, section 7.1
		return nil
	}
	return bad("it needs https, or a scheme of your own with a dot in it, such as com.example.app:/callback")
}

// loopback reports whether a URI has an address of this machine. A host name
// does not count, since it could mean any machine (RFC 8252, section 8.3).
func loopback(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

// Permits reports whether the app may be redirected to a URI: it must be a
// registered one, letter for letter. On loopback the port may differ, since a
// program takes a free one (RFC 8252, section 7.3).
func (a App) Permits(uri string) bool {
	if slices.Contains(a.Redirects, uri) {
		return true
	}
	u, err := url.Parse(uri)
	if err != nil || !loopback(u) || u.Port() == "" {
		return false
	}
	rest, ok := strings.CutPrefix(uri, "http://"+u.Host)
	if !ok {
		return false
	}
	for _, one := range a.Redirects {
		r, err := url.Parse(one)
		if err == nil && loopback(r) && r.Hostname() == u.Hostname() && one == "http://"+r.Host+rest {
			return true
		}
	}
	return false
}

// CallsFrom reports whether an origin, as a browser writes it, is that of one of
// the app's redirect URIs: one of the app's own pages. On loopback the port may be
// another one.
func (a App) CallsFrom(origin string) bool {
	from, err := url.Parse(origin)
	if err != nil || from.Host == "" || origin != originOf(from) {
		return false
	}
	for _, one := range a.Redirects {
		r, err := url.Parse(one)
		if err != nil || r.Host == "" {
			continue
		}
		if origin == originOf(r) || loopback(r) && loopback(from) && r.Hostname() == from.Hostname() {
			return true
		}
	}
	return false
}

// originOf returns the origin of a URL as a browser writes it: the host in lower
// case, without the scheme's default port.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if own := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; own != "" {
		host = strings.TrimSuffix(host, own)
	}
	return u.Scheme + "://" + host
}
