package webhook

import (
	"net/netip"
	"net/url"
	"testing"

	"sandbank/secret"
)

// FuzzAcceptable holds that no URL whose host is an address passes unless its
// address may be dialed.
func FuzzAcceptable(f *testing.F) {
	for _, s := range []string{"https://shop.example/", "http://2130706433/", "http://[::ffff:169.254.169.254]/", "http://0x7f.1/", "http://localhost./", "http://[fe80::1%25eth0]/"} {
		f.Add(s)
	}
	guard := PublicOnly(false, func() []uint16 { return nil })
	f.Fuzz(func(t *testing.T, s string) {
		if Acceptable(guard, s) != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" {
			t.Fatalf("%q passes", s)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && guard(netip.AddrPortFrom(ip, portOf(u))) != nil {
			t.Fatalf("%q passes", s)
		}
	})
}

// FuzzKeys reads written secrets and keys: what passes can sign.
func FuzzKeys(f *testing.F) {
	f.Add(sharedSecret)
	f.Add("whsec_AAAA")
	f.Add("whpk_" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Fuzz(func(t *testing.T, s string) {
		ValidPublicKey(s)
		if (Keys{Key: secret.Kept(s)}).PublicKey() != "" && !ValidPublicKey((Keys{Key: secret.Kept(s)}).PublicKey()) {
			t.Fatalf("%q has an odd public key", s)
		}
		if !ValidSecret(s) {
			return
		}
		if sent, err := (Endpoint{Keys: Keys{Secret: secret.Kept(s)}}).Sign("evt_1", noon, []byte("{}")); err != nil || sent == "" {
			t.Fatalf("%q is valid and does not sign: %v", s, err)
		}
	})
}
