package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/grant"
)

func TestTokens_SayWhoseTheyAre(t *testing.T) {
	c, store := clock.NewManual(noon), memory(t)
	s, another := beside(t, store, c), beside(t, store, c)
	token, scope, err := s.Issue("demo-shop", "demo-shop-secret", "")
	if err != nil || scope != identity.RoleMerchant.Scope() {
		t.Fatal(scope, err)
	}
	for range 2 { // the second time from memory
		p, err := another.Authenticate(token)
		if err != nil || p.Client != "demo-shop" || p.Merchant != identity.DemoShop.Merchant || p.Role != identity.RoleMerchant || p.Person != "" {
			t.Errorf("authenticated with a token of demo-shop: want its merchant and role and no person, got %+v, %v", p, err)
		}
		if !p.May(identity.WritePayments) || p.May(identity.ReadLedger) {
			t.Errorf("%+v may something else than its role", p)
		}
	}
	if _, _, err := s.Issue("demo-shop", "wrong", ""); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}

func TestScope_Narrows(t *testing.T) {
	s, _ := server(t)
	token, scope, err := s.Issue("demo-shop", "demo-shop-secret", "events:read payments:read events:read")
	if err != nil || scope != "events:read payments:read" {
		t.Fatal(scope, err)
	}
	p, err := s.Authenticate(token)
	if err != nil || !p.May(identity.ReadPayments) || p.May(identity.WritePayments) || p.May(identity.ReadLedger) {
		t.Errorf("authenticated with a narrowed token: want payments:read and nothing else of payments and ledger, got %+v, %v", p, err)
	}
	for _, scope := range []string{"payments", "payments:read  events:read", " ", "ledger:read", "payments:read ledger:read", "PAYMENTS:READ", "openid"} {
		if _, _, err := s.Issue("demo-shop", "demo-shop-secret", scope); !strings.HasPrefix(fmt.Sprint(err), "invalid_scope: ") {
			t.Errorf("asked for the scope %q: want invalid_scope, got %v", scope, err)
		}
	}
}

func TestTokens_Expire(t *testing.T) {
	s, c := server(t)
	token, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	for _, seen := range []bool{false, true} { // at first sight, and from memory
		if seen {
			c.Advance(-Life)
			if _, err := s.Authenticate(token); err != nil {
				t.Fatal(err)
			}
			c.Advance(Life)
		} else {
			c.Advance(Life + leeway)
		}
		c.Advance(time.Minute)
		if p, err := s.Authenticate(token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a minute after its end: %+v, %v", p, err)
		}
		c.Advance(-time.Minute)
	}
}

func TestKeys_RefuseOthers(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	other, _ := x509.MarshalPKCS8PrivateKey(p384)
	for name, key := range map[string][]byte{"none": nil, "noise": []byte("noise"), "P-384": other} {
		if _, err := newKeyring(grant.Ring{Keys: []grant.Key{{ID: "k", PKCS8: key, From: noon}}}.Write()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, stored := range map[string]string{"nothing": "", "no key": "{}", "noise": "noise"} {
		if _, err := newKeyring([]byte(stored)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCache_StaysBounded(t *testing.T) {
	c := cache{tokens: map[string]entry{}}
	for i := range 3 * maxCached {
		c.put(fmt.Sprint(i), entry{principal: identity.Principal{Until: noon.Add(Life)}}, noon)
	}
	if len(c.tokens) > maxCached || len(c.tokens) == 0 {
		t.Errorf("%d tokens kept", len(c.tokens))
	}
}

// One processor rotates the keys; the other one looks an unknown key up when it
// meets it.
func TestKeys_TurnSideBySide(t *testing.T) {
	c, store := clock.NewManual(noon), memory(t)
	s, other := beside(t, store, c), beside(t, store, c)
	old, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	if _, err := RotateKey(t.Context(), store, c.Now(), false); !errors.Is(err, grant.ErrTooNew) {
		t.Errorf("rotated to a key that nobody can know: %v", err)
	}
	c.Advance(grant.Published)
	if _, err := RotateKey(t.Context(), store, c.Now(), false); err != nil {
		t.Fatal(err)
	}
	if err := s.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	for name, token := range map[string]string{"before": old, "after": fresh} {
		if _, err := other.Authenticate(token); err != nil {
			t.Errorf("signed %s the turn: %v", name, err)
		}
	}
	if kid(other) == kid(s) {
		t.Fatal("the other one has heard of it already, so nothing was shown")
	}
	// A key that was stolen counts for nothing at once.
	if _, err := RotateKey(t.Context(), store, c.Now(), true); err != nil {
		t.Fatal(err)
	}
	if err := s.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	newest, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	if _, err := other.Authenticate(newest); err != nil { // by a key that it has never heard of
		t.Errorf("signed after all keys were replaced: %v", err)
	}
	for _, who := range []*Server{s, other} {
		if _, err := who.Authenticate(fresh); err == nil {
			t.Error("a token by a stolen key is taken, though it was in memory")
		}
	}
}

func TestKeys_TurnByThemselves(t *testing.T) {
	s, c := server(t)
	first := kid(s)
	if err := s.rotate(t.Context()); err != nil || kid(s) != first {
		t.Errorf("turned early: %v", err)
	}
	c.Advance(grant.MaxAge)
	if err := s.rotate(t.Context()); err != nil || kid(s) == first {
		t.Errorf("did not turn: %v", err)
	}
}

// Unknown keys make nobody read the store at will.
func TestKeys_RereadsAreBounded(t *testing.T) {
	s, _ := server(t)
	counting := &countingStore{Store: s.Store}
	s.Store = counting
	f := newForger(t, s)
	for i := range 100 {
		f.header["kid"] = fmt.Sprintf("%016d", i)
		if _, err := s.Authenticate(f.signed(signer(s))); err == nil {
			t.Fatal("accepted")
		}
	}
	if counting.reads == 0 || counting.reads > 10 {
		t.Errorf("100 unknown keys read the store %d times", counting.reads)
	}
}
