package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"sandbank/audit"
	"sandbank/identity"
	"sandbank/identity/grant"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// authorize shows the sign-in page of a request that is in order. There is no
// session here: each app has the person sign in, and the page says to what.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.visit(w, r, func(q request) { s.show(w, r, q, http.StatusOK, "", "") })
}

// visit reads the request and goes on with one that is in order.
func (s *Server) visit(w http.ResponseWriter, r *http.Request, next func(request)) {
	q, unsafe, refused := s.readRequest(r.URL.RawQuery)
	policy := look.Policy{}
	if unsafe == nil {
		policy.FormTargets = []string{q.origin()}
	}
	policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case unsafe != nil:
			s.notice(w, http.StatusBadRequest, noticeView{Title: "This sign-in cannot go on", Text: unsafe.text + " Nobody was signed in, and nothing was sent anywhere.", Code: unsafe.code})
		case refused != nil:
			s.sendBack(w, r, q, url.Values{"error": {refused.code}, "error_description": {refused.text}})
		default:
			next(q)
		}
	})).ServeHTTP(w, r)
}

// sendBack answers the app. 303 lets no browser post the password there (RFC 9700,
// section 4.12).
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, q request, answer url.Values) {
	http.Redirect(w, r, q.back(s.Issuer, answer), http.StatusSeeOther)
}

// maxPassword bounds names and passwords, in bytes.
const maxPassword = 256

// signIn answers the form.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s.visit(w, r, func(q request) {
		if err := r.ParseForm(); err != nil {
			s.show(w, r, q, http.StatusBadRequest, "", "The form could not be read. Please sign in here.")
			return
		}
		if !s.ours(r) {
			s.show(w, r, q, http.StatusForbidden, "", "The form was made for another browser, or is too old. Please sign in here.")
			return
		}
		if r.PostForm.Get("answer") == "cancel" {
			s.sendBack(w, r, q, url.Values{"error": {"access_denied"}, "error_description": {"The sign-in was cancelled."}})
			return
		}
		s.check(w, r, q, r.PostForm.Get("name"), r.PostForm.Get("password"))
	})
}

// foreign answers a form that another site has sent.
func (s *Server) foreign(w http.ResponseWriter, _ *http.Request) {
	s.notice(w, http.StatusForbidden, noticeView{Title: "This sign-in cannot go on", Text: "The form was sent from another site. Nobody was signed in."})
}

// check looks at a name and a password.
func (s *Server) check(w http.ResponseWriter, r *http.Request, q request, name, password string) {
	const wrong = "The name or the password is not right."
	if name == "" || password == "" || len(name) > maxPassword || len(password) > maxPassword {
		s.show(w, r, q, http.StatusUnprocessableEntity, name, wrong)
		return
	}
	guess, err := s.guess(w, r, "person "+name)
	if err != nil {
		s.note(w, r, audit.SignIn, s.claimedPerson(name), err)
		s.show(w, r, q, http.StatusTooManyRequests, name, "Too many sign-ins have failed here. Wait "+w.Header().Get("Retry-After")+" seconds, then try again. Until then the right password is not looked at either.")
		return
	}
	p, err := s.People.Authenticate(name, password)
	if err != nil {
		s.note(w, r, audit.SignIn, s.claimedPerson(name), err)
		s.Log.Info("a sign-in failed", "app", q.app.ID, "address", address(s.Gate, r))
		s.show(w, r, q, http.StatusUnprocessableEntity, name, wrong)
		return
	}
	guess.Right()
	s.approve(w, r, q, p)
}

func address(g *gate.Gate, r *http.Request) string {
	if g == nil || g.Limits == nil {
		return ""
	}
	return g.Limits.Address(r).String()
}

// approve gives the app a code.
func (s *Server) approve(w http.ResponseWriter, r *http.Request, q request, p identity.Person) {
	scope := common(p.Role, q.scope)
	if scope == "" {
		s.sendBack(w, r, q, url.Values{"error": {"access_denied"}, "error_description": {"The person's role may do nothing of what was asked for."}})
		return
	}
	code, err := s.addGrant(r.Context(), q, p, scope)
	s.note(w, r, audit.SignIn, audit.Actor{Kind: audit.Person, ID: p.Name}, err)
	if err != nil {
		s.Log.Error("a sign-in could not be kept", "error", err)
		s.sendBack(w, r, q, url.Values{"error": {"temporarily_unavailable"}, "error_description": {"The sign-in could not be kept. Try again in a moment."}})
		return
	}
	s.Log.Info("signed in", "person", p.Name, "role", p.Role, "app", q.app.ID, "address", address(s.Gate, r))
	s.endForm(w)
	s.sendBack(w, r, q, url.Values{"code": {code}})
}

func (s *Server) addGrant(ctx context.Context, q request, p identity.Person, scope string) (code string, err error) {
	now := s.Clock.Now()
	life := grantLife
	if q.app.ID == DashboardID {
		life = sessionLife
	}
	g := grant.Grant{
		ID: s.Chance.ID("gra", now), App: q.app.ID, Person: p.Name, Role: p.Role, Merchant: p.Merchant.ID, Scope: scope, MadeAt: now, Until: now.Add(life),
	}
	code = rand.Text()
	return code, s.Store.AddGrant(ctx, g, grant.Ticket{
		Hash: grant.Hash(code), Grant: g.ID, Kind: grant.Code, RedirectURI: q.redirectURI, Challenge: q.challenge, Until: now.Add(codeLife),
	})
}

// The form belongs to the browser that asked for it, by a cookie, and to the
// request that it was made for: nobody signs another one in.

// host names a cookie, with the prefix that browsers honor over HTTPS.
func (s *Server) host(name string) string {
	if s.secure {
		return "__Host-sandbank-" + name
	}
	return "sandbank-" + name
}

// cookie is one of this server's; a life of 0 is the browser's session's, below 0
// is its end.
func (s *Server) cookie(name, value string, life int, site http.SameSite) *http.Cookie {
	return &http.Cookie{Name: s.host(name), Value: value, Path: "/", MaxAge: life, HttpOnly: true, Secure: s.secure, SameSite: site}
}

const formCookie = "form"

// formSession is the browser's, from its cookie; "" for none.
func (s *Server) formSession(r *http.Request) string {
	c, err := r.Cookie(s.host(formCookie))
	if err != nil || len(c.Value) != len(rand.Text()) || strings.ContainsFunc(c.Value, func(r rune) bool { return r < '2' || r > 'Z' }) {
		return ""
	}
	return c.Value
}

// csrf is the form's token. It begins the browser's session if there is none.
func (s *Server) csrf(w http.ResponseWriter, r *http.Request) string {
	session := s.formSession(r)
	if session == "" {
		session = rand.Text()
		http.SetCookie(w, s.cookie(formCookie, session, 0, http.SameSiteStrictMode))
	}
	return s.formToken(session, gate.Query(r))
}

func (s *Server) formToken(session string, query url.Values) string {
	m := hmac.New(sha256.New, s.derived("form"))
	m.Write([]byte(session + "\n" + query.Encode()))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// ours reports whether the form was made for this browser and this request.
func (s *Server) ours(r *http.Request) bool {
	session := s.formSession(r)
	return session != "" && hmac.Equal([]byte(r.PostForm.Get("csrf")), []byte(s.formToken(session, gate.Query(r))))
}

// endForm ends the browser's session of forms.
func (s *Server) endForm(w http.ResponseWriter) {
	http.SetCookie(w, s.cookie(formCookie, "", -1, http.SameSiteStrictMode))
}
