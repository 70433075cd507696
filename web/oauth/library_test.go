package oauth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"sandbank/clock"
	"sandbank/identity"
	"sandbank/web/gate"
)

// live is a server that libraries can reach, with one route that names the
// caller.
func live(t *testing.T) (*Server, string) {
	t.Helper()
	r := mux.NewRouter()
	web := httptest.NewUnstartedServer(r)
	t.Cleanup(web.Close)
	base := "http://" + web.Listener.Addr().String()
	s := beside(t, memory(t), clock.Real{})
	// The address is known only once it is listened on; nobody is answered before the routes are there.
	s.Issuer, s.secure, s.Apps[0] = base, false, identity.App{ID: DashboardID, Redirects: []string{base + "/signed-in"}}
	s.Mount(r)
	s.Gate.Mount(r, []gate.Route{{Method: http.MethodGet, Path: "/v1/who", Needs: identity.ReadPayments, Handle: func(w http.ResponseWriter, _ *http.Request, call gate.Call) error {
		return gate.Reply(w, http.StatusOK, map[string]string{"client": call.Client, "person": call.Person, "merchant": call.Merchant.ID, "scope": call.Scope})
	}}})
	web.Start()
	return s, base
}

// asked gets the route by a library's client.
func asked(t *testing.T, c *http.Client, base string) string {
	t.Helper()
	r, err := c.Get(base + "/v1/who")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b := make([]byte, 4096)
	n, _ := r.Body.Read(b)
	return string(b[:n])
}

func TestLibrary_GoClientCredentials(t *testing.T) {
	_, base := live(t)
	for name, style := range map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "form": oauth2.AuthStyleInParams, "found out": oauth2.AuthStyleAutoDetect} {
		c := clientcredentials.Config{ClientID: "demo-shop", ClientSecret: "demo-shop-secret", TokenURL: base + "/oauth/token", Scopes: []string{"payments:read"}, AuthStyle: style}
		client := c.Client(plainly(t))
		if got := asked(t, client, base); !strings.Contains(got, `"client":"demo-shop"`) || !strings.Contains(got, `"scope":"payments:read"`) {
			t.Errorf("asked with a token by golang.org/x/oauth2, secret in %s: want demo-shop with payments:read, got %s", name, got)
		}
	}
}

func TestLibrary_GoCodeWithPKCE(t *testing.T) {
	s, base := live(t)
	c := oauth2.Config{ClientID: "demo-app", RedirectURL: callback, Endpoint: oauth2.Endpoint{AuthURL: base + "/oauth/authorize", TokenURL: base + "/oauth/token"}}
	verifier := oauth2.GenerateVerifier()
	u, err := url.Parse(c.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	back := answer(t, s, u)
	if back.Get("state") != "the-state" {
		t.Errorf("came back with %v", back)
	}
	ctx := plainly(t)
	token, err := c.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	token.Expiry = token.Expiry.Add(-Life) // so that the library refreshes it
	if got := asked(t, c.Client(ctx, token), base); !strings.Contains(got, `"person":"demo-merchant"`) || !strings.Contains(got, `"merchant":"demo-shop"`) {
		t.Error(got)
	}
}

// plainly has a library use connections that end with the answer.
func plainly(t *testing.T) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
}

// answer signs a person in on the page of a request, and returns the app's query.
func answer(t *testing.T, s *Server, at *url.URL) url.Values {
	t.Helper()
	r := mux.NewRouter()
	s.Mount(r)
	jar := map[string]string{}
	ask := func(method string, form url.Values) *httptest.ResponseRecorder {
		q := httptest.NewRequest(method, at.RequestURI(), strings.NewReader(form.Encode()))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range jar {
			q.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, q)
		for _, c := range w.Result().Cookies() {
			jar[c.Name] = c.Value
		}
		return w
	}
	m := csrfField.FindStringSubmatch(ask(http.MethodGet, nil).Body.String())
	if m == nil {
		t.Fatal("there is no form")
	}
	w := ask(http.MethodPost, formOf("csrf", m[1], "name", "demo-merchant", "password", "demo-merchant-password"))
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther {
		t.Fatalf("signed in: want 303 to the client, got %d %s (%v)", w.Code, w.Body, err)
	}
	return u.Query()
}

// The usual library of Node discovers the server and does both, as it came.
func TestLibrary_NodeOpenIDClient(t *testing.T) {
	_, base := live(t)
	cmd := exec.CommandContext(t.Context(), "node", "openid-client.mjs", base)
	cmd.Dir, cmd.Env = "../../tools/npm", os.Environ()
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all is well") {
		t.Errorf("%v\n%s", err, out)
	}
}
