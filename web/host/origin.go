package host

import (
	"net/http"
	"net/url"
	"strings"
)

// Origin is where pages of an address are of, as browsers write it in the header
// of that name: the host in lower case, and no port that is the scheme's own; ""
// for what is no address.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	name := strings.ToLower(u.Host)
	if own := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; own != "" {
		name = strings.TrimSuffix(name, own)
	}
	return u.Scheme + "://" + name
}

// FromOwnPage reports whether a request comes from a page of this server: one of
// its public address, or of the very host that the request asks for. A proxy in
// front may replace the second; the first is configured. A request that names no
// origin comes from no present-day browser.
func FromOwnPage(r *http.Request, public string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return origin == Origin(public) || strings.EqualFold(u.Host, r.Host)
}

// OwnForms lets through requests that change nothing, and posts from own pages.
func OwnForms(public string) *http.CrossOriginProtection {
	own := http.NewCrossOriginProtection()
	if origin := Origin(public); origin != "" {
		// An error would mean that the public address is none, and then it is no origin either.
		_ = own.AddTrustedOrigin(origin)
	}
	return own
}
