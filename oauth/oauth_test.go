package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

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

// forger signs what it likes, with the server's own key or another.
type forger struct {
	t      *testing.T
	s      *Server
	header map[string]any
	claims map[string]any
}

func newForger(t *testing.T, s *Server) *forger {
	return &forger{t, s, map[string]any{"typ": "at+jwt", "alg": "ES256", "kid": s.keyID}, map[string]any{
		"iss": issuer, "aud": issuer, "sub": "demo-shop", "client_id": "demo-shop", "iat": noon.Unix(), "exp": noon.Add(Life).Unix(), "jti": "tok_1",
	}}
}

func (f *forger) input() string {
	h, _ := json.Marshal(f.header)
	c, _ := json.Marshal(f.claims)
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
}

// signed is the token signed with a key, as ES256.
func (f *forger) signed(key *ecdsa.PrivateKey) string {
	f.t.Helper()
	sig, err := jwt.SigningMethodES256.Sign(f.input(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.input() + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func (f *forger) hmac(secret []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(f.input()))
	return f.input() + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func TestTokens_ForgeryControl(t *testing.T) {
	s, _ := server(t, issuer, newKey(t))
	f := newForger(t, s)
	if _, err := s.Authenticate(f.signed(s.key)); err != nil {
		t.Fatalf("the forger's plain token does not pass, so its forgeries show nothing: %v", err)
	}
}

func TestTokens_RefuseForgeries(t *testing.T) {
	s, _ := server(t, issuer, newKey(t))
	der, _ := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	own := func(change func(*forger)) func(*forger) string {
		return func(f *forger) string { change(f); return f.signed(s.key) }
	}
	foreign := func(change func(*forger)) func(*forger) string {
		return func(f *forger) string { change(f); return f.signed(stranger) }
	}
	point, _ := stranger.PublicKey.Bytes()
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:])}
	for name, forge := range map[string]func(*forger) string{
		"none":                  func(f *forger) string { f.header["alg"] = "none"; return f.input() + "." },
		"None":                  func(f *forger) string { f.header["alg"] = "None"; return f.input() + "." },
		"none, signed":          own(func(f *forger) { f.header["alg"] = "none" }),
		"no alg":                own(func(f *forger) { delete(f.header, "alg") }),
		"signature left out":    func(f *forger) string { return f.input() + "." },
		"HS256 with public PEM": func(f *forger) string { f.header["alg"] = "HS256"; return f.hmac(public) },
		"HS256 with public DER": func(f *forger) string { f.header["alg"] = "HS256"; return f.hmac(der) },
		"HS256 with nothing":    func(f *forger) string { f.header["alg"] = "HS256"; return f.hmac(nil) },
		"RS256":                 own(func(f *forger) { f.header["alg"] = "RS256" }),
		"ES384":                 own(func(f *forger) { f.header["alg"] = "ES384" }),
		"another key":           foreign(func(*forger) {}),
		"embedded jwk":          foreign(func(f *forger) { f.header["jwk"] = jwk }),
		"jku":                   foreign(func(f *forger) { f.header["jku"] = "https://evil.example/jwks.json" }),
		"x5u":                   foreign(func(f *forger) { f.header["x5u"] = "https://evil.example/" }),
		"kid of a path":         own(func(f *forger) { f.header["kid"] = "../../../../dev/null" }),
		"kid of SQL":            own(func(f *forger) { f.header["kid"] = "' UNION SELECT 'key" }),
		"kid of a number":       own(func(f *forger) { f.header["kid"] = 7 }),
		"no kid":                own(func(f *forger) { delete(f.header, "kid") }),
		"typ JWT":               own(func(f *forger) { f.header["typ"] = "JWT" }),
		"no typ":                own(func(f *forger) { delete(f.header, "typ") }),
		"other issuer":          own(func(f *forger) { f.claims["iss"] = "https://evil.example" }),
		"no issuer":             own(func(f *forger) { delete(f.claims, "iss") }),
		"other audience":        own(func(f *forger) { f.claims["aud"] = "https://other.example" }),
		"no audience":           own(func(f *forger) { delete(f.claims, "aud") }),
		"expired":               own(func(f *forger) { f.claims["exp"] = noon.Add(-time.Minute).Unix() }),
		"no expiry":             own(func(f *forger) { delete(f.claims, "exp") }),
		"expiry in words":       own(func(f *forger) { f.claims["exp"] = "never" }),
		"issued tomorrow":       own(func(f *forger) { f.claims["iat"] = noon.Add(24 * time.Hour).Unix() }),
		"not yet":               own(func(f *forger) { f.claims["nbf"] = noon.Add(time.Hour).Unix() }),
		"unknown client":        own(func(f *forger) { f.claims["client_id"] = "nobody" }),
		"no client":             own(func(f *forger) { delete(f.claims, "client_id") }),
		"empty":                 func(*forger) string { return "" },
		"not a token":           func(*forger) string { return "demo-shop-secret" },
		"two parts":             func(f *forger) string { return f.input() },
		"four parts":            func(f *forger) string { return f.signed(s.key) + ".x" },
		"giant":                 func(*forger) string { return strings.Repeat("a.", 100_000) },
	} {
		f := newForger(t, s)
		f.header, f.claims = maps.Clone(f.header), maps.Clone(f.claims)
		if p, err := s.Authenticate(forge(f)); !fault.Is(err, fault.Unauthenticated) || p != (identity.Principal{}) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	// The claims of one token under the signature of another.
	one, _ := s.Issue("demo-shop", "demo-shop-secret")
	two, _ := s.Issue("other-shop", "other-shop-secret")
	a, b := strings.Split(one, "."), strings.Split(two, ".")
	if p, err := s.Authenticate(b[0] + "." + b[1] + "." + a[2]); err == nil {
		t.Errorf("a borrowed signature: %+v", p)
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
