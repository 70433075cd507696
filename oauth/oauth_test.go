package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const issuer = "https://api.example"

func server(t *testing.T, issuer string, key []byte) (*Server, *clock.Manual) {
	t.Helper()
	c := clock.NewManual(noon)
	s, err := New(issuer, key, identity.NewRegistry(identity.DemoShop, identity.OtherShop), c, chance.Crypto())
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func newKey(t *testing.T) []byte {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTokens_SayWhoseTheyAre(t *testing.T) {
	key := newKey(t)
	s, _ := server(t, issuer, key)
	token, err := s.Issue("demo-shop", "demo-shop-secret")
	if err != nil {
		t.Fatal(err)
	}
	another, _ := server(t, issuer, key) // another processor with the same key
	for range 2 {                        // the second time from memory
		if p, err := another.Authenticate(token); err != nil || p.Client != "demo-shop" || p.Merchant != identity.DemoShop.Merchant {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if _, err := s.Issue("demo-shop", "wrong"); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}

func TestTokens_Expire(t *testing.T) {
	s, c := server(t, issuer, newKey(t))
	token, _ := s.Issue("demo-shop", "demo-shop-secret")
	for _, seen := range []bool{false, true} { // at first sight, and from memory
		if seen {
			c.Advance(-Life)
			if _, err := s.Authenticate(token); err != nil {
				t.Fatal(err)
			}
			c.Advance(Life)
		} else {
			c.Advance(Life + 5*time.Second)
		}
		c.Advance(time.Minute)
		if p, err := s.Authenticate(token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a minute after its end: %+v, %v", p, err)
		}
		c.Advance(-time.Minute)
	}
}

func TestNew_RefusesOtherKeys(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	other, _ := x509.MarshalPKCS8PrivateKey(p384)
	for name, key := range map[string][]byte{"none": nil, "noise": []byte("noise"), "P-384": other} {
		if _, err := New(issuer, key, nil, nil, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCache_StaysBounded(t *testing.T) {
	c := cache{tokens: map[string]entry{}}
	for i := range 3 * maxCached {
		c.put(strings.Repeat("t", i%50)+time.Duration(i).String(), identity.Principal{}, noon.Add(Life), noon)
	}
	if len(c.tokens) > maxCached {
		t.Errorf("%d tokens kept", len(c.tokens))
	}
}
