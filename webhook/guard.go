package webhook

import (
	"fmt"
	"net/netip"
	"slices"
)

// Guard reports why an address must not be dialed, nil if it may.
type Guard func(netip.AddrPort) error

// Allowing lets addresses of the given ranges pass, and asks the guard about all
// others.
func Allowing(ranges []netip.Prefix, guard Guard) Guard {
	return func(at netip.AddrPort) error {
		for _, r := range ranges {
			if r.Contains(at.Addr().Unmap()) {
				return nil
			}
		}
		return guard(at)
	}
}

// PublicOnly refuses every address that is not a public unicast one. With
// loopback true, loopback passes: for a Sandbank that itself listens on
// loopback only. Own ports are never dialed.
func PublicOnly(loopback bool, own func() []uint16) Guard {
	return func(at netip.AddrPort) error {
		ip := at.Addr().Unmap()
		if ip.IsLoopback() {
			if !loopback {
				return fmt.Errorf("%s is a loopback address; webhooks go there only while Sandbank listens on loopback itself", ip)
			}
			for _, port := range own() {
				if at.Port() == port {
					return fmt.Errorf("%s is Sandbank's own port", at)
				}
			}
			return nil
		}
		if !ip.IsGlobalUnicast() || ip.IsPrivate() || special(ip) {
			return fmt.Errorf("%s is not a public address; the flag --webhook-allow %s lets webhooks go there", ip, netip.PrefixFrom(ip.WithZone(""), ip.BitLen()))
		}
		return nil
	}
}

// notPublic are the ranges that net/netip counts as global unicast, but that the
// IANA special-purpose registries (RFC 6890) do not: no public receiver is there.
// The translating ones (NAT64, 6to4, Teredo) carry an IPv4 address inside, which
// may be any of the refused ones.
var notPublic = func() (list []netip.Prefix) {
	for _, prefix := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(prefix))
	}
	return list
}()

func special(ip netip.Addr) bool {
	return slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) })
}
