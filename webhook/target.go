package webhook

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Acceptable reports why a URL cannot be an endpoint's, as far as that shows
// without a look-up: its host is an address that the guard would refuse, in any
// spelling. A name is looked up when it is dialed, every time, and refused then.
func Acceptable(guard Guard, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("%q has no host", text)
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), portOf(u)
	if ip, err := netip.ParseAddr(host); err == nil {
		return guard(netip.AddrPortFrom(ip.WithZone(""), port))
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return guard(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port))
	}
	if numeric(host[strings.LastIndexByte(host, '.')+1:]) {
		return fmt.Errorf("%s is an odd spelling of an IPv4 address; write it as four decimal numbers", host)
	}
	return nil
}

func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// numeric reports whether a host's last label is a number: such a host is read as
// an IPv4 address by browsers and by old resolvers, and is nobody's name.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}
