package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"go.uber.org/goleak"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/store/sqlite"
	"sandbank/web/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const issuer = "https://api.example"

// webApp is an app with a redirect URI of its own, which has a query already.
var webApp = identity.App{ID: "web-app", Name: "Web <b>app</b>", Redirects: []string{"https://app.example/back?from=sandbank"}}

func memory(t testing.TB) Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// server is one with a store of its own.
func server(t testing.TB) (*Server, *clock.Manual) {
	t.Helper()
	c := clock.NewManual(noon)
	return beside(t, memory(t), c), c
}

// beside is a server on a store that others may use, too.
func beside(t testing.TB, store Store, c clock.Computer) *Server {
	t.Helper()
	s, err := New(t.Context(), Config{
		Issuer: issuer, Store: store, Clients: identity.NewRegistry(identity.DemoShop, identity.OtherShop, theAuditor),
		People: identity.NewPeople(identity.DemoPeople()...), Apps: []identity.App{identity.DemoApp, webApp},
		Clock: c, Chance: chance.Crypto(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Gate = &gate.Gate{Clock: clock.NewManual(noon), Chance: s.Chance, Log: s.Log, Authenticate: s.Authenticate, Limits: gate.NewLimiter(gate.Limits{Clock: c})}
	return s
}

var theAuditor = identity.Client{ID: "audit-tool", Secret: "audit-tool-secret", Role: identity.RoleAuditor}

func kid(s *Server) string { id, _ := s.keys.Load().present(); return id }

func signer(s *Server) *ecdsa.PrivateKey { _, key := s.keys.Load().present(); return key }

// front is a server behind its routes, and a dashboard that names the viewer.
func front(t testing.TB) (*Server, http.Handler) {
	t.Helper()
	s, _ := server(t)
	return s, routes(s)
}

func routes(s *Server) http.Handler {
	r := mux.NewRouter()
	s.Mount(r)
	d := s.Sessions(true)
	d.Mount(r)
	inside := r.NewRoute().Subrouter()
	inside.Use(d.Guard)
	inside.PathPrefix("/").HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := d.Who(r)
		_, _ = io.WriteString(w, p.Person+" "+string(p.Role)+" "+p.Merchant.ID)
	})
	return r
}

// post posts a form to one of the server's own endpoints.
func post(h http.Handler, path string, form url.Values, user, password string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		q.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

// postAs posts a body with a media type.
func postAs(h http.Handler, path, media, body string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

// form makes one of names and values in turn.
func formOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// browser keeps cookies, follows nothing by itself, and sends what browsers send.
type browser struct {
	t       testing.TB
	h       http.Handler
	cookies map[string]*http.Cookie
}

func newBrowser(t testing.TB, h http.Handler) *browser {
	return &browser{t, h, map[string]*http.Cookie{}}
}

func (b *browser) ask(method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	q := httptest.NewRequest(method, issuer+path, strings.NewReader(form.Encode()))
	q.Header.Set("Accept", "text/html")
	if form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range b.cookies {
		q.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, q)
	for _, c := range w.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-") || c.SameSite == http.SameSiteDefaultMode {
			b.t.Errorf("a cookie is loose: %s", c)
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return w
}

// at is where an answer leads, within the server.
func at(w *httptest.ResponseRecorder) string {
	return strings.TrimPrefix(w.Header().Get("Location"), issuer)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

// signIn fills the form of a sign-in page.
func (b *browser) signIn(path, name, password string) *httptest.ResponseRecorder {
	b.t.Helper()
	page := b.ask(http.MethodGet, path, nil)
	m := csrfField.FindStringSubmatch(page.Body.String())
	if page.Code != 200 || m == nil {
		b.t.Fatalf("read the sign-in page at %s: want 200 with a form, got %d %s", path, page.Code, page.Body)
	}
	return b.ask(http.MethodPost, path, formOf("csrf", m[1], "name", name, "password", password))
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const callback = "http://127.0.0.1:4321/callback"

// authorizePath is a request of the demo app, with changes; "" takes a parameter away.
func authorizePath(change ...string) string {
	q := formOf("response_type", "code", "client_id", "demo-app", "redirect_uri", callback, "state", "s-1",
		"code_challenge", challengeOf(verifier), "code_challenge_method", "S256")
	for i := 0; i < len(change); i += 2 {
		if q.Set(change[i], change[i+1]); change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return "/oauth/authorize?" + q.Encode()
}

// code signs a person in and returns the code that the demo app gets.
func (b *browser) code(name, password string, change ...string) string {
	b.t.Helper()
	w := b.signIn(authorizePath(change...), name, password)
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || u.Query().Get("code") == "" {
		b.t.Fatalf("signed in as %s: want 303 with a code, got %d to %q: %s", name, w.Code, w.Header().Get("Location"), w.Body)
	}
	return u.Query().Get("code")
}

func exchange(h http.Handler, code string, change ...string) *httptest.ResponseRecorder {
	f := formOf("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "client_id", "demo-app", "code_verifier", verifier)
	for i := 0; i < len(change); i += 2 {
		f.Set(change[i], change[i+1])
	}
	return post(h, "/oauth/token", f, "", "")
}

func refresh(h http.Handler, token string, change ...string) *httptest.ResponseRecorder {
	f := formOf("grant_type", "refresh_token", "refresh_token", token, "client_id", "demo-app")
	for i := 0; i < len(change); i += 2 {
		f.Set(change[i], change[i+1])
	}
	return post(h, "/oauth/token", f, "", "")
}

func tokensOf(t testing.TB, w *httptest.ResponseRecorder) (got tokenResponse) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.AccessToken == "" {
		t.Fatalf("read a token response: want 200 with an access token, got %d %s", w.Code, w.Body)
	}
	return got
}

func errorOf(w *httptest.ResponseRecorder) string {
	var got errorResponse
	_ = json.Unmarshal(w.Body.Bytes(), &got)
	return got.Error
}

// countingStore counts how often the keys are read.
type countingStore struct {
	Store
	reads int
}

func (c *countingStore) Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	c.reads++
	return c.Store.Secret(ctx, name, make)
}
