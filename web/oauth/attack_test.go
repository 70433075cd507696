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
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/mux"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/web/gate"
)

// forger signs tokens with the server's own key or another.
type forger struct {
	t      *testing.T
	s      *Server
	header map[string]any
	claims map[string]any
}

func newForger(t *testing.T, s *Server) *forger {
	return &forger{t, s, map[string]any{"typ": "at+jwt", "alg": "ES256", "kid": kid(s)}, map[string]any{
		"iss": issuer, "aud": issuer, "sub": "demo-shop", "client_id": "demo-shop", "iat": noon.Unix(), "exp": noon.Add(Life).Unix(), "jti": "tok_1",
		"scope": "payments:read", "roles": []string{"merchant"},
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

// The forger's plain token passes, or its forgeries would show nothing.
func TestJWTAttacks_Control(t *testing.T) {
	s, _ := server(t)
	f := newForger(t, s)
	if _, err := s.Authenticate(f.signed(signer(s))); err != nil {
		t.Fatal(err)
	}
}

// Each attack is refused, by itself and as the bearer token of a request.
func TestJWTAttacks_AreRefused(t *testing.T) {
	s, _ := server(t)
	der, _ := x509.MarshalPKIXPublicKey(&signer(s).PublicKey)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	own := func(change func(*forger), tail ...string) func(*forger) string {
		return func(f *forger) string { change(f); return f.signed(signer(s)) + strings.Join(tail, "") }
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
		"kid of an URL":         own(func(f *forger) { f.header["kid"] = "https://evil.example/" + kid(s) }),
		"kid with NUL":          own(func(f *forger) { f.header["kid"] = kid(s) + "\x00" }),
		"crit":                  own(func(f *forger) { f.header["crit"] = []string{"b64"}; f.header["b64"] = false }),
		"alg of a list":         own(func(f *forger) { f.header["alg"] = []string{"ES256"} }),
		"signature of zeros": func(f *forger) string {
			return f.input() + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
		},
		"signature in DER": func(f *forger) string {
			return f.input() + "." + base64.RawURLEncoding.EncodeToString(derSignature(f, signer(s)))
		},
		"padded":                own(func(*forger) {}, "="),
		"another's claims":      func(f *forger) string { return borrowed(t, s) },
		"typ JWT":               own(func(f *forger) { f.header["typ"] = "JWT" }),
		"no typ":                own(func(f *forger) { delete(f.header, "typ") }),
		"other issuer":          own(func(f *forger) { f.claims["iss"] = "https://evil.example" }),
		"no issuer":             own(func(f *forger) { delete(f.claims, "iss") }),
		"other audience":        own(func(f *forger) { f.claims["aud"] = "https://other.example" }),
		"no audience":           own(func(f *forger) { delete(f.claims, "aud") }),
		"expired":               own(func(f *forger) { f.claims["exp"] = noon.Add(-time.Minute).Unix() }),
		"far expiry":            own(func(f *forger) { f.claims["exp"] = noon.Add(10 * 365 * 24 * time.Hour).Unix() }),
		"expiry a bit too far":  own(func(f *forger) { f.claims["exp"] = noon.Add(Life + time.Second).Unix() }),
		"expiry beyond numbers": own(func(f *forger) { f.claims["exp"] = 1e300 }),
		"negative expiry":       own(func(f *forger) { f.claims["exp"] = -1 }),
		"backdated, far expiry": own(func(f *forger) { f.claims["iat"], f.claims["exp"] = 0, noon.Add(time.Hour).Unix() }),
		"not said when issued":  own(func(f *forger) { delete(f.claims, "iat") }),
		"no expiry":             own(func(f *forger) { delete(f.claims, "exp") }),
		"expiry in words":       own(func(f *forger) { f.claims["exp"] = "never" }),
		"issued tomorrow":       own(func(f *forger) { f.claims["iat"] = noon.Add(24 * time.Hour).Unix() }),
		"not yet":               own(func(f *forger) { f.claims["nbf"] = noon.Add(time.Hour).Unix() }),
		"unknown client":        own(func(f *forger) { f.claims["client_id"] = "nobody" }),
		"no client":             own(func(f *forger) { delete(f.claims, "client_id") }),
		"no id":                 own(func(f *forger) { delete(f.claims, "jti") }),
		"no scope":              own(func(f *forger) { delete(f.claims, "scope") }),
		"another's subject":     own(func(f *forger) { f.claims["sub"] = "other-shop" }),
		"no role":               own(func(f *forger) { delete(f.claims, "roles") }),
		"a higher role":         own(func(f *forger) { f.claims["roles"] = []string{"administrator"} }),
		"one role more":         own(func(f *forger) { f.claims["roles"] = []string{"merchant", "administrator"} }),
		"a grant of a client":   own(func(f *forger) { f.claims["grant"] = "gra_1" }),
		"unknown person": own(func(f *forger) {
			f.claims["grant"], f.claims["client_id"], f.claims["sub"] = "gra_1", "demo-app", "nobody"
		}),
		"person with no grant": own(func(f *forger) { f.claims["client_id"], f.claims["sub"] = "demo-app", "operator" }),
		"a former kid":         own(func(f *forger) { f.header["kid"] = strings.Repeat("A", keyIDLength) }),
		"empty":                func(*forger) string { return "" },
		"not a token":          func(*forger) string { return "demo-shop-secret" },
		"two parts":            func(f *forger) string { return f.input() },
		"four parts":           func(f *forger) string { return f.signed(signer(s)) + ".x" },
		"giant":                func(*forger) string { return strings.Repeat("a.", 100_000) },
	} {
		token := forge(newForger(t, s))
		if p, err := s.Authenticate(token); !fault.Is(err, fault.Unauthenticated) || p != (identity.Principal{}) {
			t.Errorf("authenticated with a token that is forged by %q: want unauthenticated and nobody, got %+v, %v", name, p, err)
		}
		if w := bearer(t, s, token); w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") || token != "" && strings.Contains(w.Body.String(), token) {
			t.Errorf("%s: %d %v %.200s", name, w.Code, w.Header(), w.Body)
		}
	}
	if w := bearer(t, s, newForger(t, s).signed(signer(s))); w.Code != http.StatusNoContent {
		t.Errorf("the plain token: %d %s", w.Code, w.Body)
	}
}

// bearer asks for a merchant's route with a token.
func bearer(t *testing.T, s *Server, token string) *httptest.ResponseRecorder {
	t.Helper()
	g := &gate.Gate{Base: issuer, Clock: clock.NewManual(noon), Chance: s.Chance, Log: slog.New(slog.DiscardHandler), Authenticate: s.Authenticate}
	m := mux.NewRouter()
	g.Mount(m, []gate.Route{{Method: http.MethodGet, Path: "/own", Needs: identity.ReadPayments, Handle: func(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}}})
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/own", nil)
	q.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, q)
	return w
}

// borrowed has the claims of one token under the signature of another.
func borrowed(t *testing.T, s *Server) string {
	t.Helper()
	one, _, err1 := s.Issue("demo-shop", "demo-shop-secret", "")
	two, _, err2 := s.Issue("other-shop", "other-shop-secret", "")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	a, b := strings.Split(one, "."), strings.Split(two, ".")
	return b[0] + "." + b[1] + "." + a[2]
}

// derSignature is a right signature in the form of X.509, not of JWS.
func derSignature(f *forger, key *ecdsa.PrivateKey) []byte {
	sum := sha256.Sum256([]byte(f.input()))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		f.t.Fatal(err)
	}
	return sig
}
