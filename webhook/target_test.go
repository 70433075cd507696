package webhook

import (
	"net/netip"
	"testing"
)

func TestAcceptable_RefusesWhatTheURLShows(t *testing.T) {
	own := func() []uint16 { return []uint16{8080, 80, 443} }
	inside := Allowing([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, PublicOnly(false, own))
	loopback, public := PublicOnly(true, own), PublicOnly(false, own)
	for url, want := range map[string]struct{ public, loopback, inside bool }{
		"https://shop.example/hooks":       {true, true, true},
		"http://93.184.215.14/":            {true, true, true},
		"http://[2606:2800:21f:cb07::1]":   {true, true, true},
		"http://merchant:8070/hooks":       {true, true, true}, // a name: looked at when it is dialed
		"http://0x.example.com/":           {true, true, true},
		"http://127.0.0.1:9000/":           {false, true, false},
		"http://localhost:9000/":           {false, true, false},
		"http://LOCALHOST.:9000/":          {false, true, false},
		"http://shop.localhost:9000/":      {false, true, false},
		"http://[::1]:9000/":               {false, true, false},
		"http://[::ffff:127.0.0.1]:9000":   {false, true, false},
		"http://localhost:8080/":           {}, // our own port
		"http://localhost/":                {}, // the same, said by nothing
		"https://127.0.0.1/":               {},
		"http://10.1.2.3/":                 {false, false, true},
		"http://10.2.2.3/":                 {},
		"http://169.254.169.254/":          {},
		"http://[::ffff:169.254.169.254]/": {},
		"http://[fe80::1%25eth0]/":         {},
		"http://0.0.0.0:9000/":             {},
		"http://[::]/":                     {},
		"http://2130706433:9000/":          {},
		"http://0x7f000001:9000/":          {},
		"http://0x7f.1:9000/":              {},
		"http://127.1:9000/":               {},
		"http://0177.0.0.1:9000/":          {},
		"http://example.1/":                {},
	} {
		for name, c := range map[string]struct {
			guard Guard
			want  bool
		}{"public": {public, want.public}, "loopback": {loopback, want.loopback}, "inside": {inside, want.inside}} {
			if err := Acceptable(c.guard, url); (err == nil) != c.want {
				t.Errorf("the URL %s for the guard %s: want it accepted %t, got %v", url, name, c.want, err)
			}
		}
	}
}
