package oauth

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/identity"
)

// FuzzAuthenticate holds that no text but an issued token is one.
func FuzzAuthenticate(f *testing.F) {
	key, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	s, err := New(issuer, key, identity.NewRegistry(identity.DemoShop), clock.NewManual(noon), chance.Crypto())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if p, err := s.Authenticate(token); err == nil {
			t.Fatalf("%q is of %+v", token, p)
		}
		r := httptest.NewRequest(http.MethodPost, "/oauth/token", nil)
		r.Header.Set("Authorization", "Basic "+token)
		if id, secret, ok := basic(r); ok && id == "demo-shop" && secret == "demo-shop-secret" {
			return // somebody wrote the right ones
		}
	})
}
