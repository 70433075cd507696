package oauth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/identity"
)

func TestCode_GivesTokensOfThePerson(t *testing.T) {
	s, h := front(t)
	got := tokensOf(t, exchange(h, newBrowser(t, h).code("demo-reader", "demo-reader-password")))
	p, err := s.Authenticate(got.AccessToken)
	if err != nil || p.Client != "demo-app" || p.Person != "demo-reader" || p.Role != identity.RoleMerchantReader || p.Merchant.ID != "demo-shop" || p.May(identity.WritePayments) || !p.May(identity.ReadPayments) {
		t.Errorf("exchanged the code of demo-reader: want a principal that reads demo-shop's payments, got %+v, %v", p, err)
	}
	// An app that asks for more than the person may do gets what both have.
	got = tokensOf(t, exchange(h, newBrowser(t, h).code("auditor", "auditor-password", "scope", "ledger:read ledger:write payments:read")))
	if got.Scope != "ledger:read payments:read" {
		t.Errorf("scope %q", got.Scope)
	}
	if p, err := s.Authenticate(got.AccessToken); err != nil || !p.May(identity.ReadLedger) || p.May(identity.ReadAudit) {
		t.Errorf("exchanged the auditor's code with a narrow scope: want the ledger and not the audit log, got %+v, %v", p, err)
	}
}

// The redirect names the issuer, and keeps the query of the app's own URI.
func TestCode_ComesBackToTheApp(t *testing.T) {
	_, h := front(t)
	w := newBrowser(t, h).signIn(authorizePath("client_id", "web-app", "redirect_uri", webApp.Redirects[0]), "operator", "operator-password")
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther {
		t.Fatalf("signed in for the web app: want 303 to it, got %d %v", w.Code, err)
	}
	q := u.Query()
	if u.Host != "app.example" || q.Get("from") != "sandbank" || q.Get("state") != "s-1" || q.Get("iss") != issuer || len(q.Get("code")) < 22 {
		t.Errorf("sent back to %s", u)
	}
}

func TestCode_ReuseRevokesAll(t *testing.T) {
	s, h := front(t)
	code := newBrowser(t, h).code("operator", "operator-password")
	got := tokensOf(t, exchange(h, code))
	if _, err := s.Authenticate(got.AccessToken); err != nil {
		t.Fatal(err)
	}
	if w := exchange(h, code); w.Code != 400 || errorOf(w) != "invalid_grant" {
		t.Errorf("a second time: %d %s", w.Code, w.Body)
	}
	if p, err := s.Authenticate(got.AccessToken); err == nil {
		t.Errorf("what the code led to is taken: %+v", p)
	}
	if w := refresh(h, got.RefreshToken); errorOf(w) != "invalid_grant" {
		t.Errorf("its refresh token: %d %s", w.Code, w.Body)
	}
}

func TestCode_OfTwoAtOnceOneIsRight(t *testing.T) {
	_, h := front(t)
	code := newBrowser(t, h).code("operator", "operator-password")
	answers := make(chan int, 8)
	for range cap(answers) {
		go func() { answers <- exchange(h, code).Code }()
	}
	right := 0
	for range cap(answers) {
		if <-answers == 200 {
			right++
		}
	}
	if right > 1 {
		t.Errorf("%d of %d got tokens for one code", right, cap(answers))
	}
}

func TestCode_IsRefused(t *testing.T) {
	s, h := front(t)
	for name, change := range map[string][]string{
		"another verifier":     {"code_verifier", strings.Repeat("a", 43)},
		"no verifier":          {"code_verifier", ""},
		"the challenge itself": {"code_verifier", challengeOf(verifier)},
		"a long verifier":      {"code_verifier", strings.Repeat("a", 129)},
		"another redirect URI": {"redirect_uri", "http://127.0.0.1:4322/callback"},
		"no redirect URI":      {"redirect_uri", ""},
		"another app":          {"client_id", "web-app"},
		"as a refresh token":   {"grant_type", "refresh_token", "refresh_token", "x"},
	} {
		code := newBrowser(t, h).code("operator", "operator-password")
		if name == "as a refresh token" {
			change[3] = code
		}
		if w := exchange(h, code, change...); w.Code != 400 || errorOf(w) != "invalid_grant" {
			t.Errorf("exchanged a code %s: want 400 invalid_grant, got %d %s", name, w.Code, w.Body)
		}
	}
	code := newBrowser(t, h).code("operator", "operator-password")
	s.Clock.(*clock.Manual).Advance(codeLife)
	if w := exchange(h, code); errorOf(w) != "invalid_grant" {
		t.Errorf("a minute later: %d %s", w.Code, w.Body)
	}
}

func TestRefresh_Rotates(t *testing.T) {
	s, h := front(t)
	first := tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password")))
	narrow := tokensOf(t, refresh(h, first.RefreshToken, "scope", "payments:read"))
	if narrow.Scope != "payments:read" || narrow.RefreshToken == first.RefreshToken {
		t.Errorf("refreshed with scope payments:read: want that scope and another refresh token, got %+v", narrow)
	}
	if w := refresh(h, narrow.RefreshToken, "scope", "audit:read"); errorOf(w) != "invalid_scope" {
		t.Errorf("wider than was granted: %d %s", w.Code, w.Body)
	}
	third := tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password")))
	second := tokensOf(t, refresh(h, third.RefreshToken))
	// A spent refresh token comes again: somebody has stolen it, or its successor.
	if w := refresh(h, third.RefreshToken); w.Code != 400 || errorOf(w) != "invalid_grant" {
		t.Errorf("used twice: %d %s", w.Code, w.Body)
	}
	for name, token := range map[string]string{"the first": third.AccessToken, "the second": second.AccessToken} {
		if _, err := s.Authenticate(token); err == nil {
			t.Errorf("%s access token is taken after a refresh token was used twice", name)
		}
	}
	if w := refresh(h, second.RefreshToken); errorOf(w) != "invalid_grant" {
		t.Errorf("the newest refresh token: %d %s", w.Code, w.Body)
	}
	if _, err := s.Authenticate(first.AccessToken); err != nil {
		t.Errorf("another sign-in of that person: %v", err)
	}
}

func TestRefresh_IsBoundAndEnds(t *testing.T) {
	s, h := front(t)
	got := tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password")))
	if w := refresh(h, got.RefreshToken, "client_id", "web-app"); errorOf(w) != "invalid_grant" {
		t.Errorf("another app: %d %s", w.Code, w.Body)
	}
	got = tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password")))
	if w := post(h, "/oauth/revoke", formOf("token", got.RefreshToken, "client_id", "demo-app"), "", ""); w.Code != 200 {
		t.Errorf("revoked the refresh token: want 200, got %d %s", w.Code, w.Body)
	}
	if _, err := s.Authenticate(got.AccessToken); err == nil {
		t.Error("the access token of a revoked refresh token is taken")
	}
	c := s.Clock.(*clock.Manual)
	got = tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password")))
	for range 4 { // in use, it lives as long as its grant
		c.Advance(refreshLife - time.Second)
		got = tokensOf(t, refresh(h, got.RefreshToken))
	}
	c.Advance(refreshLife - time.Second)
	if w := refresh(h, got.RefreshToken); errorOf(w) != "invalid_grant" {
		t.Errorf("after the grant's end: %d %s", w.Code, w.Body)
	}
}

// An error goes to the app, or to the person where the app is in doubt; nobody is
// redirected to an unknown address.
func TestAuthorize_Refuses(t *testing.T) {
	_, h := front(t)
	for name, c := range map[string]struct {
		change []string
		code   string
	}{
		"plain PKCE":         {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"no method":          {[]string{"code_challenge_method", ""}, "invalid_request"},
		"no PKCE":            {[]string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request"},
		"short challenge":    {[]string{"code_challenge", "abc"}, "invalid_request"},
		"implicit":           {[]string{"response_type", "token"}, "unsupported_response_type"},
		"hybrid":             {[]string{"response_type", "code token"}, "unsupported_response_type"},
		"no response type":   {[]string{"response_type", ""}, "invalid_request"},
		"in a fragment":      {[]string{"response_mode", "fragment"}, "invalid_request"},
		"request object":     {[]string{"request", "x"}, "request_not_supported"},
		"request object far": {[]string{"request_uri", "https://evil.example"}, "request_not_supported"},
		"unknown scope":      {[]string{"scope", "openid"}, "invalid_scope"},
		"long state":         {[]string{"state", strings.Repeat("s", maxState+1)}, "invalid_request"},
	} {
		w := newBrowser(t, h).ask(http.MethodGet, authorizePath(c.change...), nil)
		u, err := url.Parse(w.Header().Get("Location"))
		if err != nil || w.Code != http.StatusSeeOther || u.Scheme+"://"+u.Host+u.Path != callback || u.Query().Get("error") != c.code || u.Query().Get("iss") != issuer || u.Fragment != "" {
			t.Errorf("asked for authorization, %s: want 303 to %s with error %s, got %d %s", name, callback, c.code, w.Code, u)
		}
	}
	if w := newBrowser(t, h).ask(http.MethodGet, authorizePath()+"&scope=payments:read&scope=ledger:read", nil); !strings.Contains(at(w), "error=invalid_request") {
		t.Errorf("scope twice: %d %s", w.Code, at(w))
	}
	for name, change := range map[string][]string{
		"unknown app":        {"client_id", "nobody"},
		"no app":             {"client_id", ""},
		"markup":             {"client_id", "<script>alert(1)</script>"},
		"no redirect URI":    {"redirect_uri", ""},
		"a prefix":           {"redirect_uri", callback + "/more"},
		"a prefix, dots":     {"redirect_uri", "http://127.0.0.1:1/callback/../evil"},
		"a query more":       {"redirect_uri", callback + "?x=1"},
		"a fragment":         {"redirect_uri", callback + "#x"},
		"another host":       {"redirect_uri", "http://evil.example/callback"},
		"a user":             {"redirect_uri", "http://127.0.0.1:1@evil.example/callback"},
		"a user of ours":     {"redirect_uri", "http://evil.example@127.0.0.1:1/callback"},
		"a host that grows":  {"redirect_uri", "http://127.0.0.1.evil.example/callback"},
		"localhost":          {"redirect_uri", "http://localhost:1/callback"},
		"https":              {"redirect_uri", "https://127.0.0.1/callback"},
		"upper case":         {"redirect_uri", "HTTP://127.0.0.1:1/callback"},
		"no port number":     {"redirect_uri", "http://127.0.0.1:x/callback"},
		"script":             {"redirect_uri", "javascript:alert(1)"},
		"another app's":      {"client_id", "web-app"},
		"the web app's port": {"client_id", "web-app", "redirect_uri", "https://app.example:444/back?from=sandbank"},
	} {
		w := newBrowser(t, h).ask(http.MethodGet, authorizePath(change...), nil)
		if w.Code != 400 || w.Header().Get("Location") != "" || strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), `"csrf"`) {
			t.Errorf("asked for authorization, redirect of %s: want a page with 400 and no redirect, got %d %s", name, w.Code, w.Header().Get("Location"))
		}
	}
	if w := newBrowser(t, h).ask(http.MethodGet, authorizePath()+"&redirect_uri=http://evil.example", nil); w.Code != 400 {
		t.Errorf("redirect_uri twice: %d", w.Code)
	}
}

func TestCheckRedirect(t *testing.T) {
	for _, good := range []string{"https://app.example/back", "https://app.example/back?a=b", "http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost:3000/cb", "com.example.app:/cb"} {
		if err := identity.CheckRedirect(good); err != nil {
			t.Errorf("checked the redirect %s: want it accepted, got %v", good, err)
		}
	}
	for _, bad := range []string{"", "x", "/back", "http://app.example/", "https:/x", "https://a b/", "https://app.example/#x", "https://u@app.example/", "javascript:alert(1)", "data:text/html,x", "https://*.example/", "https://x;script-src/", "com.example.app://host/"} {
		if err := identity.CheckRedirect(bad); err == nil {
			t.Errorf("%q may be registered", bad)
		}
	}
}
