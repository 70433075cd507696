package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sandbank/clock"
	"sandbank/identity"
)

func TestTokenEndpoint_Answers(t *testing.T) {
	s, h := front(t)
	grant := formOf("grant_type", "client_credentials")
	inForm := formOf("grant_type", "client_credentials", "client_id", "demo-shop", "client_secret", "demo-shop-secret")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"header": post(h, "/oauth/token", grant, "demo-shop", "demo-shop-secret"), "form": post(h, "/oauth/token", inForm, "", ""),
		"encoded header": post(h, "/oauth/token", grant, "demo%2Dshop", "demo-shop%2dsecret"),
		"charset":        postAs(h, "/oauth/token", "application/x-www-form-urlencoded; charset=UTF-8", inForm.Encode()),
	} {
		got := tokensOf(t, w)
		if got.TokenType != "Bearer" || got.ExpiresIn != 900 || got.RefreshToken != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("asked for a token, %s: want a bearer token for 900 seconds, not to be stored, got %d %s", name, w.Code, w.Body)
		}
		if p, err := s.Authenticate(got.AccessToken); err != nil || p.Client != "demo-shop" {
			t.Errorf("authenticated with the token of %s: want demo-shop, got %+v, %v", name, p, err)
		}
	}
}

func TestTokenEndpoint_Refuses(t *testing.T) {
	_, h := front(t)
	grant := formOf("grant_type", "client_credentials")
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
		"password grant":       {formOf("grant_type", "password"), "demo-shop", "demo-shop-secret", 400, "unsupported_grant_type"},
		"implicit":             {formOf("grant_type", "implicit"), "demo-shop", "demo-shop-secret", 400, "unsupported_grant_type"},
		"too large":            {formOf("grant_type", "client_credentials", "x", strings.Repeat("x", maxForm)), "demo-shop", "demo-shop-secret", 400, "invalid_request"},
		"twice":                {url.Values{"grant_type": {"client_credentials", "client_credentials"}}, "demo-shop", "demo-shop-secret", 400, "invalid_request"},
		"in two ways":          {formOf("grant_type", "client_credentials", "client_secret", "demo-shop-secret"), "demo-shop", "demo-shop-secret", 400, "invalid_request"},
		"as two clients":       {formOf("grant_type", "client_credentials", "client_id", "other-shop"), "demo-shop", "demo-shop-secret", 400, "invalid_request"},
		"an app":               {formOf("grant_type", "client_credentials", "client_id", "demo-app"), "", "", 400, "unauthorized_client"},
		"an app with a secret": {formOf("grant_type", "client_credentials", "client_id", "demo-app", "client_secret", "x"), "", "", 401, "invalid_client"},
		"unknown scope":        {formOf("grant_type", "client_credentials", "scope", "all"), "demo-shop", "demo-shop-secret", 400, "invalid_scope"},
		"no code":              {formOf("grant_type", "authorization_code", "client_id", "demo-app"), "", "", 400, "invalid_grant"},
		"unknown code":         {formOf("grant_type", "authorization_code", "client_id", "demo-app", "code", "x", "code_verifier", verifier), "", "", 400, "invalid_grant"},
		"no refresh token":     {formOf("grant_type", "refresh_token", "client_id", "demo-app"), "", "", 400, "invalid_grant"},
		"unknown app":          {formOf("grant_type", "authorization_code", "client_id", "nobody"), "", "", 401, "invalid_client"},
	} {
		w := post(h, "/oauth/token", c.form, c.user, c.password)
		if w.Code != c.status || errorOf(w) != c.code || strings.Contains(w.Body.String(), "demo-shop-secret") {
			t.Errorf("asked for a token, %s: want %d %s, got %d %s", name, c.status, c.code, w.Code, w.Body)
		}
	}
	// Credentials in the URL would end in logs: they are not read there.
	if w := post(h, "/oauth/token?grant_type=client_credentials&client_id=demo-shop&client_secret=demo-shop-secret", nil, "", ""); w.Code != 400 {
		t.Errorf("credentials in the URL: %d %s", w.Code, w.Body)
	}
}

// A body in another media type gets an error that names the right one, and not
// that a parameter is missing.
func TestTokenEndpoint_TakesFormsOnly(t *testing.T) {
	_, h := front(t)
	for media, body := range map[string]string{
		"application/json":                `{"grant_type":"client_credentials","client_id":"demo-shop","client_secret":"demo-shop-secret"}`,
		"multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x--\r\n",
		"text/plain":                      "grant_type=client_credentials",
		"":                                "grant_type=client_credentials",
		";":                               "grant_type=client_credentials",
	} {
		for _, path := range []string{"/oauth/token", "/oauth/revoke", "/oauth/introspect"} {
			w := postAs(h, path, media, body)
			if w.Code != http.StatusBadRequest || errorOf(w) != "invalid_request" || !strings.Contains(w.Body.String(), "The body must be application/x-www-form-urlencoded") {
				t.Errorf("%s as %q: %d %s", path, media, w.Code, w.Body)
			}
		}
	}
}

// Most clients put a secret into a Basic header without encoding it. That is
// accepted, and so is RFC 6749's encoding.
func TestTokenEndpoint_TakesBasicAsItIsSent(t *testing.T) {
	const plus, percent, space, colon = "Zm9v+YmFy/AbCdEf+Gh12", "100%25-of-it-%zz", "four words of it", "with:colons:in-it"
	s, h := front(t)
	s.Clients = identity.NewRegistry(
		identity.Client{ID: "plus", Secret: plus}, identity.Client{ID: "percent", Secret: percent},
		identity.Client{ID: "space", Secret: space}, identity.Client{ID: "colon", Secret: colon},
	)
	grant := formOf("grant_type", "client_credentials")
	for id, secret := range map[string]string{"plus": plus, "percent": percent, "space": space, "colon": colon} {
		for how, sent := range map[string]string{"as it is": secret, "encoded": url.QueryEscape(secret)} {
			if w := post(h, "/oauth/token", grant, id, sent); w.Code != http.StatusOK {
				t.Errorf("a secret with a %s, sent %s: want 200, got %d %s", id, how, w.Code, w.Body)
			}
		}
		// Decoded twice it is another secret.
		if w := post(h, "/oauth/token", grant, id, url.QueryEscape(url.QueryEscape(secret))); w.Code != http.StatusUnauthorized {
			t.Errorf("%s, encoded twice: %d %s", id, w.Code, w.Body)
		}
	}
	w := post(h, "/oauth/token", grant, "plus", "wrong")
	if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "demo-shop") {
		t.Errorf("a client that is not there is named: %d %s", w.Code, w.Body)
	}
}

// Where only this machine can ask, a token may outlive a working day; elsewhere no
// token does, not even one that was given before.
func TestTokenEndpoint_GivesLongTokensOnLoopback(t *testing.T) {
	c, store := clock.NewManual(noon), memory(t)
	away, near := beside(t, store, c), beside(t, store, c)
	near.LongLife = true
	wish := func(s *Server, seconds string) *httptest.ResponseRecorder {
		return post(routes(s), "/oauth/token", formOf("grant_type", "client_credentials", "expires_in", seconds), "demo-shop", "demo-shop-secret")
	}
	for _, bad := range []string{"0", "-1", "604801", "1e3", "12h", "900.5", "99999999999999999999"} {
		if w := wish(near, bad); w.Code != http.StatusBadRequest || errorOf(w) != "invalid_request" {
			t.Errorf("asked for a token of %q seconds: want 400 invalid_request, got %d %s", bad, w.Code, w.Body)
		}
	}
	if w := wish(away, "901"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "1 to 900") {
		t.Errorf(`asked beyond loopback for 901 seconds: want 400 with "1 to 900", got %d %s`, w.Code, w.Body)
	}
	if got := tokensOf(t, wish(away, "60")); got.ExpiresIn != 60 {
		t.Errorf("asked beyond loopback for 60 seconds: want 60, got %+v", got)
	}
	got := tokensOf(t, wish(near, "43200"))
	c.Advance(12*time.Hour - time.Second)
	if p, err := near.Authenticate(got.AccessToken); got.ExpiresIn != 43200 || err != nil || !p.Until.Equal(noon.Add(12*time.Hour)) {
		t.Errorf("used a token of 12 hours a second before its end: want it good until then, got %+v: %+v, %v", got, p, err)
	}
	if _, err := away.Authenticate(got.AccessToken); err == nil {
		t.Error("a processor that others can reach takes it")
	}
	c.Advance(leeway + time.Second)
	if _, err := near.Authenticate(got.AccessToken); err == nil {
		t.Error("it has no end")
	}
}

// A resource server that knows only the published keys verifies a token with them.
func TestKeys_VerifyTokens(t *testing.T) {
	s, h := front(t)
	w := get(h, "/.well-known/jwks.json")
	var set struct{ Keys []key }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 || strings.Contains(w.Body.String(), `"d"`) {
		t.Fatalf("read the key set: want two public keys, got %s, %v", w.Body, err)
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
	token, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithTimeFunc(s.Clock.Now), jwt.WithValidMethods([]string{set.Keys[0].Algorithm}))
	if err != nil || parsed.Header["kid"] != set.Keys[0].ID {
		t.Errorf("%v, kid %v", err, parsed.Header["kid"])
	}
	var meta map[string]any
	if err := json.Unmarshal(get(h, "/.well-known/oauth-authorization-server").Body.Bytes(), &meta); err != nil || meta["issuer"] != issuer || meta["token_endpoint"] != issuer+"/oauth/token" {
		t.Errorf("read the server's metadata: want issuer %s and its token endpoint, got %v, %v", issuer, meta, err)
	}
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestTokenEndpoint_EndsGuessing(t *testing.T) {
	s, h := front(t)
	grant := formOf("grant_type", "client_credentials")
	for i := range 10 {
		path := []string{"/oauth/token", "/oauth/introspect", "/oauth/revoke"}[i%3] // one count for all
		if w := post(h, path, grant, "demo-shop", "wrong"); w.Code != 401 {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	for _, secret := range []string{"wrong", "demo-shop-secret"} { // or it could be told which is right
		if w := post(h, "/oauth/token", grant, "demo-shop", secret); w.Code != 429 || w.Header().Get("Retry-After") != "6" || !strings.Contains(w.Body.String(), `"too_many_failures"`) {
			t.Errorf("%d, Retry-After %s: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
	if w := post(h, "/oauth/token", grant, "other-shop", "other-shop-secret"); w.Code != 200 {
		t.Errorf("another client: %d %s", w.Code, w.Body)
	}
	s.Clock.(*clock.Manual).Advance(6 * time.Second)
	if w := post(h, "/oauth/token", grant, "demo-shop", "demo-shop-secret"); w.Code != 200 {
		t.Errorf("after Retry-After: %d %s", w.Code, w.Body)
	}
}
