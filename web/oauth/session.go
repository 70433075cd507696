package oauth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/grant"
	"sandbank/web/gate"
	"sandbank/web/host"
	"sandbank/web/look"
)

// The dashboard is an app like any other: a public client that sends people to
// /oauth/authorize and gets a code. It makes a session of the grant.
//
//	/sign-in    remembers where to go, sealed in a cookie ──▶ /oauth/authorize
//	/signed-in  code, state and verifier ──▶ a session, always a fresh one
//	/sign-out   takes the grant back

// DashboardID is the dashboard's client_id.
const DashboardID = "dashboard"

// How long a session lasts: in all, and without a request.
const (
	sessionLife = 12 * time.Hour
	sessionIdle = time.Hour
	// signInLife is how long one may take to sign in.
	signInLife = 10 * time.Minute
)

const sessionCookie, signInCookie = "session", "sign-in"

// dashboard is the dashboard as an app.
func (s *Server) dashboard() identity.App {
	return identity.App{ID: DashboardID, Name: "Sandbank dashboard", Redirects: []string{s.Issuer + "/signed-in"}}
}

// Sessions are the dashboard's sessions.
type Sessions struct {
	server   *Server
	required bool
}

// Sessions are the dashboard's. Where nobody has to sign in, everybody is an
// administrator.
func (s *Server) Sessions(required bool) *Sessions { return &Sessions{s, required} }

// Mount adds the steps of signing in and out.
func (d *Sessions) Mount(r *mux.Router) {
	if !d.required {
		return
	}
	for path, handle := range map[string]http.HandlerFunc{"/sign-in": d.begin, "/signed-in": d.end, "/signed-out": d.left} {
		r.Handle(path, look.SecureHeaders(handle)).Methods(http.MethodGet)
	}
	r.Handle("/sign-out", look.SecureHeaders(host.OwnForms(d.server.Issuer).Handler(http.HandlerFunc(d.leave)))).Methods(http.MethodPost)
}

// Who identifies the viewer of a page.
func (d *Sessions) Who(r *http.Request) (identity.Principal, bool) {
	if !d.required {
		return identity.Principal{Role: identity.RoleAdministrator}, true
	}
	g, k, ok := d.session(r)
	if !ok {
		return identity.Principal{}, false
	}
	p, err := d.server.person(g.App, g.Person, g.Role)
	if err != nil {
		return identity.Principal{}, false
	}
	p.Scope, p.Until = g.Scope, k.Until
	return p, true
}

// session is the browser's, if it has a live one; to use it is to keep it.
func (d *Sessions) session(r *http.Request) (g grant.Grant, k grant.Ticket, ok bool) {
	c, err := r.Cookie(d.server.host(sessionCookie))
	if err != nil || c.Value == "" {
		return g, k, false
	}
	s, now := d.server, d.server.Clock.Now()
	if g, k, err = s.Store.Ticket(r.Context(), grant.Hash(c.Value)); err != nil {
		if !errors.Is(err, grant.ErrNoTicket) {
			s.Log.Error("a session could not be looked up", "error", err)
		}
		return g, k, false
	}
	if k.Kind != grant.Session || !now.Before(k.Until) || !now.Before(g.Until) {
		return g, k, false
	}
	longer := now.Add(sessionIdle)
	if g.Until.Before(longer) {
		longer = g.Until
	}
	if longer.Sub(k.Until) > sessionIdle/10 { // or every request would write
		if err := s.Store.ExtendTicket(r.Context(), k.Hash, longer); err == nil {
			k.Until = longer
		}
	}
	return g, k, true
}

// Guard redirects viewers who have not signed in to the sign-in page.
func (d *Sessions) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := d.Who(r); ok || strings.HasPrefix(r.URL.Path, "/problems") { // which only explain
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !gate.Names(r, "text/html") {
			d.server.Gate.Refuse(w, r, fault.New(fault.Unauthenticated, "sign_in_required", "This page is for people who have signed in.").Hinting("Open %s in a browser.", d.server.Issuer))
			return
		}
		to := "/"
		if r.Method == http.MethodGet {
			to = r.URL.RequestURI()
		}
		http.Redirect(w, r, "/sign-in?"+url.Values{"to": {to}}.Encode(), http.StatusSeeOther)
	})
}

// signingIn is what the browser keeps between leaving for the sign-in page and
// coming back.
type signingIn struct {
	State    string    `json:"s"`
	Verifier string    `json:"v"`
	To       string    `json:"t"`
	Until    time.Time `json:"u"`
}

func (d *Sessions) begin(w http.ResponseWriter, r *http.Request) {
	s := d.server
	if err := gate.CheckTyped(r, []string{"to", "moved"}); err != nil {
		s.Gate.Refuse(w, r, err)
		return
	}
	// The cookie has to be set where the browser comes back to. Once, since a proxy
	// in front may hide the name that was asked for.
	if q := gate.Query(r); "http://"+r.Host != s.Issuer && "https://"+r.Host != s.Issuer && !q.Has("moved") {
		http.Redirect(w, r, s.Issuer+"/sign-in?"+url.Values{"to": {localPath(q.Get("to"))}, "moved": {"1"}}.Encode(), http.StatusSeeOther)
		return
	}
	out := signingIn{State: rand.Text(), Verifier: rand.Text() + rand.Text(), To: localPath(gate.Query(r).Get("to")), Until: s.Clock.Now().Add(signInLife)}
	sealed, err := s.seal(out)
	if err != nil {
		s.notice(w, http.StatusInternalServerError, noticeView{Title: "Signing in is not possible right now", Text: "Try again in a moment.", URL: "/sign-in", Label: "Try again"})
		return
	}
	// Lax, since the way back may begin at another site.
	http.SetCookie(w, s.cookie(signInCookie, sealed, int(signInLife.Seconds()), http.SameSiteLaxMode))
	sum := sha256.Sum256([]byte(out.Verifier))
	http.Redirect(w, r, "/oauth/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {DashboardID}, "redirect_uri": {s.Issuer + "/signed-in"}, "state": {out.State},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode(), http.StatusSeeOther)
}

// localPath is a path of ours, or "/": nobody is led elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) || len(to) > 1000 {
		return "/"
	}
	return to
}

// end begins a session, if the answer fits the request that was sent out.
func (d *Sessions) end(w http.ResponseWriter, r *http.Request) {
	s, q := d.server, gate.Query(r)
	http.SetCookie(w, s.cookie(signInCookie, "", -1, http.SameSiteLaxMode))
	again := noticeView{Title: "You are not signed in", Text: "The sign-in was not finished in this browser, or took too long.", URL: "/sign-in", Label: "Sign in"}
	var out signingIn
	c, err := r.Cookie(s.host(signInCookie))
	if err != nil || !s.unseal(c.Value, &out) || !s.Clock.Now().Before(out.Until) || repeated(q) != "" || q.Get("iss") != s.Issuer ||
		subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(out.State)) != 1 {
		s.notice(w, http.StatusBadRequest, again)
		return
	}
	if q.Get("error") != "" {
		again.Text = "The sign-in was cancelled."
		s.notice(w, http.StatusOK, again)
		return
	}
	g, err := s.redeem(r.Context(), q.Get("code"), DashboardID, s.Issuer+"/signed-in", out.Verifier)
	if err != nil {
		s.notice(w, http.StatusBadRequest, again)
		return
	}
	secret, err := s.addTicket(r.Context(), g, grant.Session, sessionIdle)
	if err != nil {
		s.Log.Error("a session could not be kept", "error", err)
		s.notice(w, http.StatusServiceUnavailable, again)
		return
	}
	http.SetCookie(w, s.cookie(sessionCookie, secret, 0, http.SameSiteLaxMode))
	http.Redirect(w, r, localPath(out.To), http.StatusSeeOther)
}

// leave takes the session back, with everything of its grant.
func (d *Sessions) leave(w http.ResponseWriter, r *http.Request) {
	s := d.server
	if g, _, ok := d.session(r); ok {
		err := s.revokeGrant(r.Context(), g.ID)
		s.note(w, r, audit.SignOut, audit.Actor{Kind: audit.Person, ID: g.Person}, err)
		if err != nil {
			s.Log.Error("a session could not be ended", "error", err)
			s.notice(w, http.StatusServiceUnavailable, noticeView{Title: "You are still signed in", Text: "Signing out is not possible right now. Try again in a moment.", URL: "/", Label: "Back"})
			return
		}
		s.Log.Info("signed out", "person", g.Person)
	}
	http.SetCookie(w, s.cookie(sessionCookie, "", -1, http.SameSiteLaxMode))
	http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
}

func (d *Sessions) left(w http.ResponseWriter, _ *http.Request) {
	d.server.notice(w, http.StatusOK, noticeView{Title: "You are signed out", Text: "Nothing that was open in this browser can be used any more.", URL: "/sign-in", Label: "Sign in again", Good: true})
}

// aead seals what the browser keeps.
func (s *Server) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.derived("cookie"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Server) seal(v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	a, err := s.aead()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(a.Seal(nil, nil, plain, nil)), nil
}

func (s *Server) unseal(text string, into any) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	a, err := s.aead()
	if err != nil {
		return false
	}
	plain, err := a.Open(nil, nil, sealed, nil)
	return err == nil && json.Unmarshal(plain, into) == nil
}
