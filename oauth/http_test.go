package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/mux"

	"sandbank/clock"
	"sandbank/gate"
)

func front(t *testing.T) (*Server, http.Handler) {
	t.Helper()
	s, _ := server(t, issuer, newKey(t))
	r := mux.NewRouter()
	s.Mount(r)
	return s, r
}

func ask(h http.Handler, form url.Values, user, password string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		q.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

func TestTokenEndpoint_Answers(t *testing.T) {
	s, h := front(t)
	grant := url.Values{"grant_type": {"client_credentials"}}
	inForm := url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-shop"}, "client_secret": {"demo-shop-secret"}}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"header": ask(h, grant, "demo-shop", "demo-shop-secret"), "encoded header": ask(h, grant, "demo%2Dshop", "demo-shop%2dsecret"), "form": ask(h, inForm, "", ""),
	} {
		var got tokenResponse
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.TokenType != "Bearer" || got.ExpiresIn != 900 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if p, err := s.Authenticate(got.AccessToken); err != nil || p.Client != "demo-shop" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestTokenEndpoint_Refuses(t *testing.T) {
	_, h := front(t)
	grant := url.Values{"grant_type": {"client_credentials"}}
	for name, c := range map[string]struct {
		form           url.Values
		user, password string
		status         int
		code           string
	}{
		"wrong secret":         {grant, "demo-shop", "wrong", 401, "invalid_client"},
		"unknown client":       {grant, "nobody", "x", 401, "invalid_client"},
		"no credentials":       {grant, "", "", 401, "invalid_client"},
		"badly encoded header": {grant, "demo-shop", "%zz", 401, "invalid_client"},
		"no grant":             {url.Values{}, "demo-shop", "demo-shop-secret", 400, "unsupported_grant_type"},
		"password grant":       {url.Values{"grant_type": {"password"}}, "demo-shop", "demo-shop-secret", 400, "unsupported_grant_type"},
		"implicit":             {url.Values{"grant_type": {"implicit"}}, "demo-shop", "demo-shop-secret", 400, "unsupported_grant_type"},
		"too large":            {url.Values{"grant_type": {"client_credentials"}, "x": {strings.Repeat("x", maxForm)}}, "demo-shop", "demo-shop-secret", 400, "invalid_request"},
	} {
		w := ask(h, c.form, c.user, c.password)
		var got errorResponse
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != c.status || got.Error != c.code || strings.Contains(w.Body.String(), "demo-shop-secret") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	// Credentials in the URL would end in logs: they are not read there.
	q := httptest.NewRequest(http.MethodPost, "/oauth/token?grant_type=client_credentials&client_id=demo-shop&client_secret=demo-shop-secret", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, q); w.Code != 400 {
		t.Errorf("credentials in the URL: %d %s", w.Code, w.Body)
	}
}

// A resource server that knows only the published keys verifies a token with them.
func TestKeys_VerifyTokens(t *testing.T) {
	s, h := front(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil))
	var set struct{ Keys []key }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 1 || strings.Contains(w.Body.String(), `"d"`) {
		t.Fatalf("%s, %v", w.Body, err)
	}
	point := []byte{4} // uncompressed
	for _, text := range []string{set.Keys[0].X, set.Keys[0].Y} {
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(b) != 32 {
			t.Fatalf("%s: %d bytes, %v", text, len(b), err)
		}
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	token, _ := s.Issue("demo-shop", "demo-shop-secret")
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithTimeFunc(s.clock.Now), jwt.WithValidMethods([]string{set.Keys[0].Algorithm}))
	if err != nil || parsed.Header["kid"] != set.Keys[0].ID {
		t.Errorf("%v, kid %v", err, parsed.Header["kid"])
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/oauth-authorization-server", nil))
	var meta struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &meta); err != nil || meta.Issuer != issuer || meta.Token != issuer+"/oauth/token" {
		t.Errorf("%s", w.Body)
	}
}

func TestTokenEndpoint_EndsGuessing(t *testing.T) {
	s, h := front(t)
	s.Gate = &gate.Gate{Clock: s.clock, Chance: s.chance, Log: slog.New(slog.DiscardHandler), Limits: gate.NewLimiter(gate.Limits{Clock: s.clock})}
	grant := url.Values{"grant_type": {"client_credentials"}}
	for i := range 10 {
		if w := ask(h, grant, "demo-shop", "wrong"); w.Code != 401 {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	for _, secret := range []string{"wrong", "demo-shop-secret"} { // or it could be told which is right
		if w := ask(h, grant, "demo-shop", secret); w.Code != 429 || w.Header().Get("Retry-After") != "6" || !strings.Contains(w.Body.String(), `"too_many_failures"`) {
			t.Errorf("%d, Retry-After %s: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
	if w := ask(h, grant, "other-shop", "other-shop-secret"); w.Code != 200 {
		t.Errorf("another client: %d %s", w.Code, w.Body)
	}
	s.clock.(*clock.Manual).Advance(6 * time.Second)
	if w := ask(h, grant, "demo-shop", "demo-shop-secret"); w.Code != 200 {
		t.Errorf("after Retry-After: %d %s", w.Code, w.Body)
	}
}
