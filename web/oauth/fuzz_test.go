package oauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzAuthenticate holds that no text but an issued token is one.
func FuzzAuthenticate(f *testing.F) {
	s, _ := server(f)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if p, err := s.Authenticate(token); err == nil {
			t.Fatalf("%q is of %+v", token, p)
		}
		r := httptest.NewRequest(http.MethodPost, "/oauth/token", nil)
		r.Header.Set("Authorization", "Basic "+token)
		c, no := credentialsOf(r)
		if no != nil {
			return
		}
		client, err := s.authenticate(c)
		if err == nil && c.secret != client.Secret.Reveal() && c.asSent.Secret != client.Secret {
			t.Fatalf("%q is taken for %s", token, client.ID)
		}
	})
}

// FuzzRequest holds that redirects go to registered apps only, and that an
// answer keeps the query of the app's redirect URI.
func FuzzRequest(f *testing.F) {
	s, _ := server(f)
	for _, seed := range []string{
		strings.TrimPrefix(authorizePath(), "/oauth/authorize?"), "client_id=web-app&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Ffrom%3Dsandbank&response_type=token",
		"client_id=demo-app&redirect_uri=http://127.0.0.1:1/callback%23x", "client_id=demo-app&redirect_uri=http://127.0.0.1:1@evil.example/callback", "a=%zz", "client_id=dashboard&client_id=demo-app",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r, unsafe, refused := s.readRequest(query)
		if unsafe != nil {
			return
		}
		u, err := url.Parse(r.back(issuer, url.Values{"code": {"c"}}))
		if err != nil {
			t.Fatal(err)
		}
		if to := u.Scheme + "://" + u.Hostname() + u.Path; to != "http://127.0.0.1/callback" && to != "http://::1/callback" && to != "https://app.example/back" && to != issuer+"/signed-in" {
			t.Fatalf("%q leads to %s", query, u)
		}
		if got := u.Query(); got.Get("code") != "c" || got.Get("iss") != issuer || r.app.ID == "web-app" && got.Get("from") != "sandbank" || r.state != got.Get("state") {
			t.Fatalf("%q is answered with %s", query, u)
		}
		if strings.ContainsAny(r.origin(), " ;,'\"\r\n") {
			t.Fatalf("%q makes a policy of %q", query, r.origin())
		}
		if refused == nil && len(r.challenge) != 43 {
			t.Fatalf("%q has no challenge", query)
		}
	})
}

// FuzzLocalPath holds that where one goes after signing in is within.
func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/payments/pay_1?x=1", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/%2f/evil.example", "/..//evil.example", "\x00/"} {
		f.Add(seed)
	}
	base, _ := url.Parse(issuer)
	f.Fuzz(func(t *testing.T, to string) {
		got := localPath(to)
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || got[0] != '/' || strings.HasPrefix(got, "//") || strings.Contains(got, `\`) {
			t.Fatalf("%q leads to %q, %v", to, got, err)
		}
	})
}
