package form

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"sandbank/fault"
	"sandbank/payment/instrument"
)

// appURL has the scheme of an app's URL. The slash after it tells it from a web
// address whose https:// was forgotten, such as shop.example:8080/orders.
var appURL = regexp.MustCompile(`^([a-z][a-z0-9+.-]*):/`)

// reverseDomain is how RFC 8252, section 7.1, has apps name a scheme of their own:
// a domain of theirs, backwards. None that browsers or systems have is such a name.
var reverseDomain = regexp.MustCompile(`^[a-z][a-z0-9+-]*(\.[a-z0-9][a-z0-9+-]*)+$`)

// taken are schemes that mean something to browsers or systems, and lead to no app
// of a merchant's.
var taken = []string{
	"about", "blob", "chrome", "chrome-extension", "data", "edge", "file", "filesystem", "ftp", "http", "https", "intent", "javascript",
	"mailto", "moz-extension", "resource", "sms", "tel", "vbscript", "view-source", "ws", "wss",
}

// CheckReturnURL complains unless a customer can be led back to s: to a web address,
// as [CheckURL] has it, or to an app by a scheme of its own.
func CheckReturnURL(problem *fault.Error, at, s string) {
	scheme := appScheme(s)
	if scheme == "" {
		CheckURL(problem, at, s)
		return
	}
	u, err := url.Parse(s)
	switch {
	case slices.Contains(taken, scheme):
		problem.At(at, "must begin with https://, http:// or an app's own scheme, such as com.example.shop:/; %s: belongs to browsers", scheme)
	case len([]rune(s)) > MaxURL:
		problem.At(at, "must have at most %d characters", MaxURL)
	case strings.ContainsAny(s, "\\ \"<>") || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		problem.At(at, "must be a URL in ASCII without spaces, quotes, angle brackets or backslashes; write other characters percent-encoded")
	case err != nil || !parsed(s):
		problem.At(at, "must be an app's URL, such as com.example.shop:/orders/1042; what has a meaning of its own is percent-encoded")
	case u.User != nil:
		problem.At(at, "must not carry a user name or password")
	case instrument.NamesCard(s):
		problem.At(at, NoCard)
	}
}

// appScheme is the scheme of an app's URL; "" for a web address, and for what is
// neither.
func appScheme(s string) string {
	found := appURL.FindStringSubmatch(s)
	if found == nil || found[1] == "http" || found[1] == "https" {
		return ""
	}
	return found[1]
}

func parsed(s string) bool {
	_, err := whatwg.Parse(s)
	return err == nil
}

// AppURL reports whether s leads to an app, and may.
func AppURL(s string) bool {
	problem := Problem()
	CheckReturnURL(problem, "", s)
	return appScheme(s) != "" && len(problem.Fields) == 0
}

// CheckRegistered complains about an app's scheme that anybody might have: any
// app may register myapp:, and where customers are real people it may be another's.
func CheckRegistered(problem *fault.Error, at, s string) {
	if scheme := appScheme(s); scheme != "" && !reverseDomain.MatchString(scheme) {
		problem.At(at, "must have an app's scheme that is a domain backwards, such as com.example.shop:/ (RFC 8252, section 7.1); %s: is for a processor on loopback alone", scheme)
	}
}
