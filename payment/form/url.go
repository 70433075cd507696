package form

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"sandbank/fault"
	"sandbank/payment/instrument"
)

// MaxURL bounds a URL, in characters.
const MaxURL = 2048

// CheckURL complains unless s is a plain absolute http or https URL: one that the
// URL standard, by which browsers go, and RFC 3986, by which servers do, read alike.
// It is kept as it was sent.
func CheckURL(problem *fault.Error, at, s string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		problem.At(at, "is required")
	case len([]rune(s)) > MaxURL:
		problem.At(at, "must have at most %d characters", MaxURL)
	case strings.ContainsAny(s, "\\ ") || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		problem.At(at, "must be a URL in ASCII without spaces or backslashes; write other characters percent-encoded, host names in punycode")
	case err != nil:
		problem.At(at, "must be an absolute URL, such as https://shop.example/orders/1042; what has a meaning of its own is percent-encoded")
	case u.Scheme != "https" && u.Scheme != "http":
		problem.At(at, "must begin with https:// or http://")
	case u.Host == "" || u.Hostname() == "":
		problem.At(at, "must name a host")
	case u.User != nil:
		problem.At(at, "must not carry a user name or password")
	case !validPort(u.Port()):
		problem.At(at, "must have a port from 1 to 65535, or none")
	case instrument.NamesCard(s):
		problem.At(at, NoCard)
	case plainHost(u.Hostname()) || plainAddress(u.Hostname()):
	default:
		if complaint := standard(s, u.Hostname()); complaint != "" {
			problem.At(at, "%s", complaint)
		}
	}
}

func validPort(s string) bool {
	port, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && port > 0
}

// plainHost reports whether a host name is one that the URL standard takes as it stands: lower-case labels of
// letters, digits and inner hyphens, none of them punycode, the last of which is no number. Most are,
// and the standard's whole parser would cost a twentieth of a payment's creation.
func plainHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || len(label) >= 4 && label[2:4] == "--" {
			return false
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last[0] >= 'a' && last[0] <= 'z'
}

// plainAddress reports whether a host is an IPv4 address as the URL standard writes it, too, such as 127.0.0.1.
func plainAddress(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is4() && a.String() == host
}

// standard returns the URL standard's objection to a URL; "" for none. A host that
// the standard reads as another one is refused, too: the check and the request must
// mean the same host.
func standard(s, host string) string {
	read, err := whatwg.Parse(s)
	if err != nil {
		return "is no URL by the URL standard; browsers would not follow it"
	}
	meant := strings.Trim(read.Hostname(), "[]")
	if strings.EqualFold(meant, host) {
		return ""
	}
	a, errA := netip.ParseAddr(meant)
	b, errB := netip.ParseAddr(host)
	if errA == nil && errB == nil && a == b {
		return ""
	}
	return "must name its host as browsers read it: " + read.Hostname()
}
