package webhook

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/secret"
)

func TestGuard_PassesOnlyPublicAddresses(t *testing.T) {
	const own = 8080
	guards := map[bool]Guard{false: PublicOnly(false, func() []uint16 { return []uint16{own} }), true: PublicOnly(true, func() []uint16 { return []uint16{own, 5672} })}
	for address, want := range map[string]struct{ public, loopback bool }{
		"93.184.215.14:443":           {true, true},
		"[2606:2800:21f:cb07::1]:443": {true, true},
		"127.0.0.1:9000":              {false, true},
		"127.9.9.9:9000":              {false, true},
		"[::1]:9000":                  {false, true},
		"[::ffff:127.0.0.1]:9000":     {false, true},
		"127.0.0.1:8080":              {false, false}, // our own port
		"[::1]:5672":                  {false, false}, // our own broker
		"[::ffff:127.0.0.1]:8080":     {false, false},
		"169.254.169.254:80":          {}, // clouds' metadata
		"[::ffff:169.254.169.254]:80": {},
		"[64:ff9b::a9fe:a9fe]:80":     {}, // the same through NAT64
		"[64:ff9b:1::a9fe:a9fe]:80":   {},
		"[2002:a9fe:a9fe::1]:80":      {}, // the same through 6to4
		"[fd00:ec2::254]:80":          {},
		"[fe80::1]:80":                {},
		"0.0.0.0:80":                  {},
		"[::]:80":                     {},
		"[::ffff:0.0.0.0]:80":         {},
		"0.1.2.3:80":                  {},
		"10.0.0.1:80":                 {},
		"172.16.0.1:80":               {},
		"192.168.1.1:80":              {},
		"100.64.0.1:80":               {},
		"100.127.255.255:80":          {},
		"[::ffff:10.0.0.1]:80":        {},
		"224.0.0.1:80":                {},
		"[ff02::1]:80":                {},
		"255.255.255.255:80":          {},
		"240.0.0.1:80":                {},
		"192.0.0.1:80":                {},
		"198.18.0.1:80":               {},
		"192.0.2.1:80":                {},
		"[2001:db8::1]:80":            {},
		"[fc00::1]:80":                {},
	} {
		at := netip.MustParseAddrPort(address)
		for loopback, guard := range guards {
			may := want.public
			if loopback {
				may = want.loopback
			}
			if err := guard(at); (err == nil) != may {
				t.Errorf("%s, loopback allowed %t: %v", address, loopback, err)
			}
		}
	}
}

// A refusal says which flag lets webhooks go there.
func TestGuard_NamesTheFlagThatAllows(t *testing.T) {
	guard := PublicOnly(true, func() []uint16 { return nil })
	for address, want := range map[string]string{"10.0.0.1:80": "--webhook-allow 10.0.0.1/32", "[fd00:ec2::254]:80": "--webhook-allow fd00:ec2::254/128"} {
		if err := guard(netip.MustParseAddrPort(address)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("guarded %s: want an error with %q, got %v", address, want, err)
		}
	}
}

// The guard judges the address that is dialed, and not its spelling in the URL.
func TestSender_LooksAtTheDialedAddress(t *testing.T) {
	hit := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hit <- r.Host }))
	defer receiver.Close()
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	for _, public := range []bool{true, false} {
		own := func() []uint16 { return nil }
		if !public { // loopback is allowed, but the receiver is one of our own ports
			own = func() []uint16 { return []uint16{netip.MustParseAddrPort(receiver.Listener.Addr().String()).Port()} }
		}
		s := NewSender(PublicOnly(!public, own), clock.NewManual(noon))
		for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "[::]", "169.254.169.254", "localhost."} {
			if strings.HasPrefix(host, "169.") && !public {
				continue
			}
			a := s.Send(t.Context(), Delivery{ID: "del_1", Endpoint: Endpoint{URL: "http://" + host + ":" + port + "/", Keys: Keys{Secret: secret.Kept(sharedSecret)}}, Event: event.Event{ID: "evt_1", Data: []byte("{}")}})
			if a.Code != 0 || a.Error == "" {
				t.Errorf("%s was answered: %+v", host, a)
			}
		}
		s.Close()
	}
	select {
	case host := <-hit:
		t.Errorf("a request got through to %s", host)
	default:
	}
}

func TestSender_ReportsUnusableURLs(t *testing.T) {
	s := NewSender(func(netip.AddrPort) error { return nil }, clock.NewManual(noon))
	defer s.Close()
	for _, bad := range []string{"", "://", "http://", "http://exa mple/", "javascript:alert(1)", "file:///etc/passwd", "gopher://127.0.0.1/", "http://127.0.0.1:99999/", "http://a\r\nb/"} {
		a := s.Send(context.Background(), Delivery{Endpoint: Endpoint{URL: bad, Keys: Keys{Secret: secret.Kept(sharedSecret)}}, Event: event.Event{Data: []byte("{}")}})
		if a.Code != 0 || a.Error == "" {
			t.Errorf("sent to the URL %q: want an error and no answer, got %+v", bad, a)
		}
		if _, err := url.Parse(bad); err == nil && a.At != noon {
			t.Errorf("%q: the try has no time", bad)
		}
	}
}
