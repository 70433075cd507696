package oauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
)

// enter signs in to the dashboard, step by step, and ends where it was asked for.
func (b *browser) enter(path, name, password string) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.ask(http.MethodGet, path, nil)
	for range 2 { // /sign-in, then /oauth/authorize
		if w.Code != http.StatusSeeOther {
			b.t.Fatalf("entered at %s: want 303 on the way to the sign-in page, got %d %s", path, w.Code, w.Body)
		}
		if strings.HasPrefix(at(w), "/oauth/authorize?") {
			break
		}
		w = b.ask(http.MethodGet, at(w), nil)
	}
	w = b.signIn(at(w), name, password)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at(w), "/signed-in?") {
		b.t.Fatalf("signed in at %s: want 303 to /signed-in, got %d to %q: %s", path, w.Code, at(w), w.Body)
	}
	return b.ask(http.MethodGet, at(w), nil)
}

func TestSession_FromDoorToDoor(t *testing.T) {
	_, h := front(t)
	b := newBrowser(t, h)
	if w := b.enter("/ledger?page=2", "demo-merchant", "demo-merchant-password"); w.Code != http.StatusSeeOther || at(w) != "/ledger?page=2" {
		t.Fatalf("entered at /ledger?page=2: want 303 back to it, got %d to %q", w.Code, at(w))
	}
	w := b.ask(http.MethodGet, "/ledger?page=2", nil)
	if w.Code != 200 || w.Body.String() != "demo-merchant merchant demo-shop" {
		t.Errorf("read /ledger?page=2 with a session: want demo-merchant's, got %d %s", w.Code, w.Body)
	}
	kept := b.cookies["__Host-sandbank-session"]
	if w := b.ask(http.MethodPost, "/sign-out", url.Values{}); w.Code != http.StatusSeeOther || at(w) != "/signed-out" {
		t.Errorf("signed out: want 303 to /signed-out, got %d to %q", w.Code, at(w))
	}
	if w := b.ask(http.MethodGet, "/signed-out", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "You are signed out") {
		t.Errorf("read /signed-out: want 200 that says so, got %d %s", w.Code, w.Body)
	}
	b.cookies[kept.Name] = kept // a copy of the cookie is worthless now
	if w := b.ask(http.MethodGet, "/", nil); w.Code != http.StatusSeeOther || at(w) != "/sign-in?to=%2F" {
		t.Errorf("after signing out: %d %s", w.Code, w.Body)
	}
}

func TestSession_Ends(t *testing.T) {
	s, h := front(t)
	c := s.Clock.(*clock.Manual)
	b := newBrowser(t, h)
	b.enter("/", "operator", "operator-password")
	inside := func() bool { return b.ask(http.MethodGet, "/", nil).Code == 200 }
	for range 11 { // in use
		c.Advance(sessionIdle - time.Second)
		if !inside() {
			t.Fatal("ended while it was used")
		}
	}
	c.Advance(sessionIdle - time.Second)
	if !inside() {
		t.Error("ended before its time")
	}
	c.Advance(time.Minute)
	if inside() {
		t.Error("goes on after twelve hours")
	}
	b.enter("/", "operator", "operator-password")
	if c.Advance(sessionIdle); inside() {
		t.Error("goes on after an hour of nothing")
	}
}

func TestSession_ProgramsAndExplanations(t *testing.T) {
	_, h := front(t)
	b := newBrowser(t, h)
	if w := b.ask(http.MethodGet, "/dashboard/stream", nil, "Accept", "text/event-stream"); w.Code != 401 {
		t.Errorf("a stream: %d", w.Code)
	}
	if w := b.ask(http.MethodGet, "/problems/bank_offline", nil); w.Code != 200 {
		t.Errorf("what a problem means: %d", w.Code)
	}
	if w := b.ask(http.MethodPost, "/dead-letters/x/replay", url.Values{}); w.Code != http.StatusSeeOther || at(w) != "/sign-in?to=%2F" {
		t.Errorf("a button: %d %s", w.Code, at(w))
	}
}

func TestSession_NobodyIsAsked(t *testing.T) {
	s, _ := server(t)
	p, ok := s.Sessions(false).Who(httptest.NewRequest(http.MethodGet, "/", nil))
	if !ok || p.Role != "administrator" || p.Person != "" {
		t.Errorf("asked who is there while nobody has to sign in: want an administrator without a name, got %+v, %v", p, ok)
	}
}

// A session identifier that an attacker has planted never becomes a signed-in
// session.
func TestSession_Fixation(t *testing.T) {
	_, h := front(t)
	b := newBrowser(t, h)
	planted := &http.Cookie{Name: "__Host-sandbank-session", Value: "PLANTEDPLANTEDPLANTEDPLANT"}
	b.cookies[planted.Name] = planted
	b.enter("/", "operator", "operator-password")
	if got := b.cookies[planted.Name]; got.Value == planted.Value {
		t.Fatal("the planted session is the person's")
	}
	thief := newBrowser(t, h)
	thief.cookies[planted.Name] = planted
	if w := thief.ask(http.MethodGet, "/", nil); w.Code == 200 {
		t.Errorf("the planted session is inside: %s", w.Body)
	}
}

// A link, form or code of an attacker's does not sign anybody in as the
// attacker.
func TestSignIn_CSRF(t *testing.T) {
	_, h := front(t)
	attacker, victim := newBrowser(t, h), newBrowser(t, h)
	begin := func(b *browser) string {
		return at(b.ask(http.MethodGet, at(b.ask(http.MethodGet, "/", nil)), nil))
	}
	own := begin(attacker)
	answered := attacker.signIn(own, "demo-reader", "demo-reader-password")
	begin(victim) // is about to sign in, too
	if w := victim.ask(http.MethodGet, at(answered), nil); w.Code != 400 || len(victim.cookies) != 0 {
		t.Errorf("the attacker's code: %d, cookies %v", w.Code, victim.cookies)
	}
	page := attacker.ask(http.MethodGet, own, nil)
	token := csrfField.FindStringSubmatch(page.Body.String())[1]
	for name, w := range map[string]*httptest.ResponseRecorder{
		"the attacker's token": victim.ask(http.MethodPost, own, formOf("csrf", token, "name", "demo-reader", "password", "demo-reader-password")),
		"no token":             victim.ask(http.MethodPost, own, formOf("name", "demo-reader", "password", "demo-reader-password")),
		"for another request":  attacker.ask(http.MethodPost, authorizePath(), formOf("csrf", token, "name", "operator", "password", "operator-password")),
		"from another site":    attacker.ask(http.MethodPost, own, formOf("csrf", token, "name", "demo-reader", "password", "demo-reader-password"), "Sec-Fetch-Site", "cross-site"),
		"from another origin":  attacker.ask(http.MethodPost, own, formOf("csrf", token, "name", "demo-reader", "password", "demo-reader-password"), "Sec-Fetch-Site", "", "Origin", "https://evil.example"),
	} {
		if w.Code != http.StatusForbidden || w.Header().Get("Location") != "" {
			t.Errorf("sent a sign-in form with a token %s: want 403 and no redirect, got %d to %q", name, w.Code, at(w))
		}
	}
	b := newBrowser(t, h)
	b.enter("/", "operator", "operator-password")
	if w := b.ask(http.MethodPost, "/sign-out", url.Values{}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("signed out by another site: %d", w.Code)
	}
}

func TestSignedIn_Refuses(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"another state":   func(q url.Values) { q.Set("state", "x") },
		"no state":        func(q url.Values) { q.Del("state") },
		"another issuer":  func(q url.Values) { q.Set("iss", "https://evil.example") },
		"no issuer":       func(q url.Values) { q.Del("iss") },
		"another code":    func(q url.Values) { q.Set("code", "x") },
		"two codes":       func(q url.Values) { q.Add("code", "x") },
		"an error":        func(q url.Values) { q.Set("error", "access_denied") },
		"nothing changed": func(url.Values) {},
	} {
		_, h := front(t)
		b := newBrowser(t, h)
		w := b.signIn(at(b.ask(http.MethodGet, at(b.ask(http.MethodGet, "/", nil)), nil)), "operator", "operator-password")
		u, _ := url.Parse(at(w))
		q := u.Query()
		change(q)
		w = b.ask(http.MethodGet, "/signed-in?"+q.Encode(), nil)
		_, in := b.cookies["__Host-sandbank-session"]
		if in != (name == "nothing changed") || in != (w.Code == http.StatusSeeOther) {
			t.Errorf("%s: %d, a session %v", name, w.Code, in)
		}
	}
}

func TestSignIn_OpenRedirect(t *testing.T) {
	_, h := front(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil", ""} {
		b := newBrowser(t, h)
		if w := b.enter("/sign-in?"+url.Values{"to": {to}}.Encode(), "operator", "operator-password"); w.Code != http.StatusSeeOther || at(w) != "/" {
			t.Errorf("%q leads to %s", to, at(w))
		}
	}
	// A destination with a character that no address may have is not read at all.
	if w := newBrowser(t, h).ask(http.MethodGet, "/sign-in?"+url.Values{"to": {"/\t/evil.example"}}.Encode(), nil); w.Code != http.StatusBadRequest || at(w) != "" {
		t.Errorf("a tab in the way leads to %d %q", w.Code, at(w))
	}
	// A name of the host that cookies do not come back from is left, once.
	b := newBrowser(t, h)
	q := httptest.NewRequest(http.MethodGet, "http://localhost:8080/sign-in?to=/events", nil)
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, q)
	if got := w.Header().Get("Location"); got != issuer+"/sign-in?moved=1&to=%2Fevents" {
		t.Errorf("leads to %s", got)
	}
	q = httptest.NewRequest(http.MethodGet, "http://inner:8080/sign-in?moved=1&to=/events", nil)
	w = httptest.NewRecorder()
	b.h.ServeHTTP(w, q)
	if got := w.Header().Get("Location"); !strings.HasPrefix(got, "/oauth/authorize?") {
		t.Errorf("leads in a circle: %s", got)
	}
}

func TestSignIn_SaysNoMoreThanNeeded(t *testing.T) {
	s, h := front(t)
	b := newBrowser(t, h)
	var first string
	for name, c := range map[string][2]string{
		"wrong password": {"operator", "wrong"}, "unknown": {"nobody", "operator-password"}, "nothing": {"", ""}, "no password": {"operator", ""},
		"a client": {"demo-shop", "demo-shop-secret"}, "long": {"operator", strings.Repeat("x", maxPassword+1)}, "markup": {`"><script>alert(1)</script>`, "x"},
	} {
		w := b.signIn(authorizePath(), c[0], c[1])
		body := w.Body.String()
		if w.Code != 422 || !strings.Contains(body, "The name or the password is not right.") || strings.Contains(body, "<script>alert") || c[1] != "" && len(c[1]) > 1 && strings.Contains(body, `value="`+c[1]) {
			t.Errorf("signed in with what is %s: want 422 and the one message, got %d %s", name, w.Code, body)
		}
		if first = w.Header().Get("Content-Security-Policy"); !strings.Contains(first, "default-src 'none'") || !strings.Contains(first, "form-action 'self' http://127.0.0.1:4321;") || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("headers of the sign-in page, %s: want a strict policy and no caching, got %v", name, w.Header())
		}
	}
	for range 10 {
		b.signIn(authorizePath(), "auditor", "wrong")
	}
	if w := b.signIn(authorizePath(), "auditor", "auditor-password"); w.Code != 429 || w.Header().Get("Retry-After") != "6" || !strings.Contains(w.Body.String(), "Wait 6 seconds") {
		t.Errorf("the right one after ten wrong ones: %d %s", w.Code, w.Header())
	}
	s.Clock.(*clock.Manual).Advance(6 * time.Second)
	if w := b.signIn(authorizePath(), "auditor", "auditor-password"); w.Code != http.StatusSeeOther {
		t.Errorf("six seconds later: %d", w.Code)
	}
}

func TestSignIn_EscapesTheApp(t *testing.T) {
	_, h := front(t)
	w := newBrowser(t, h).ask(http.MethodGet, authorizePath("client_id", "web-app", "redirect_uri", webApp.Redirects[0], "scope", "payments:read ledger:read"), nil)
	if body := w.Body.String(); w.Code != 200 || strings.Contains(body, "Web <b>") || !strings.Contains(body, "Web &lt;b&gt;app&lt;/b&gt;") || !strings.Contains(body, "see the whole ledger") {
		t.Errorf("read the sign-in page of an app whose name has markup: want 200 with the name escaped, got %d %s", w.Code, body)
	}
}

func TestSignIn_Cancel(t *testing.T) {
	_, h := front(t)
	b := newBrowser(t, h)
	page := b.ask(http.MethodGet, authorizePath(), nil)
	w := b.ask(http.MethodPost, authorizePath(), formOf("csrf", csrfField.FindStringSubmatch(page.Body.String())[1], "answer", "cancel"))
	if u, err := url.Parse(w.Header().Get("Location")); err != nil || u.Query().Get("error") != "access_denied" || u.Query().Get("state") != "s-1" {
		t.Errorf("canceled the sign-in: want a redirect with access_denied and state s-1, got %d to %s", w.Code, u)
	}
}

// A sign-in form that cannot be read is no old form: the page says which it is.
func TestSignIn_RefusesAFormThatDoesNotParse(t *testing.T) {
	_, h := front(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, issuer+authorizePath(), strings.NewReader("name=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "could not be read") {
		t.Errorf("signed in by a form that does not parse: want 400 and a page that says so, got %d %s", w.Code, w.Body)
	}
}
