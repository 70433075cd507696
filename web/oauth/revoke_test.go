package oauth

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
)

func TestRevoke_CountsAtOnceAndElsewhere(t *testing.T) {
	c, store := clock.NewManual(noon), memory(t)
	s, other := beside(t, store, c), beside(t, store, c)
	h := routes(s)
	token, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	kept, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	for _, who := range []*Server{s, other} { // both know it by heart now
		if _, err := who.Authenticate(token); err != nil {
			t.Fatal(err)
		}
	}
	// Another client's wish is no error, and nothing happens.
	if w := post(h, "/oauth/revoke", formOf("token", token), "other-shop", "other-shop-secret"); w.Code != 200 {
		t.Errorf("other-shop revoked demo-shop's token: want 200, got %d %s", w.Code, w.Body)
	}
	if _, err := s.Authenticate(token); err != nil {
		t.Errorf("another client revoked it: %v", err)
	}
	if w := post(h, "/oauth/revoke", formOf("token", token, "token_type_hint", "refresh_token"), "demo-shop", "demo-shop-secret"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("demo-shop revoked its token: want 200 and no body, got %d %s", w.Code, w.Body)
	}
	if _, err := s.Authenticate(token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked token is taken: %v", err)
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); other.Run(ctx) }()
	began := time.Now()
	for _, err := other.Authenticate(token); err == nil; _, err = other.Authenticate(token) {
		if time.Since(began) > 5*time.Minute {
			t.Fatal("the other processor has not heard of it in five minutes")
		}
		_ = clock.Pause(t.Context(), 5*time.Millisecond)
	}
	end()
	<-done
	for _, who := range []*Server{s, other, beside(t, store, c)} {
		if _, err := who.Authenticate(kept); err != nil {
			t.Errorf("another token of that client: %v", err)
		}
		if _, err := who.Authenticate(token); err == nil {
			t.Error("a revoked token is taken")
		}
	}
}

func TestRevoke_ForgetsInTime(t *testing.T) {
	s, c := server(t)
	token, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	post(routes(s), "/oauth/revoke", formOf("token", token), "demo-shop", "demo-shop-secret")
	c.Advance(Life + leeway)
	if err := s.learn(t.Context()); err != nil || len(s.revoked.until) != 1 {
		t.Errorf("%d revocations, %v, while another clock may still take the token", len(s.revoked.until), err)
	}
	c.Advance(time.Minute)
	if err := s.learn(t.Context()); err != nil || len(s.revoked.until) != 0 {
		t.Errorf("%d revocations are remembered for nothing, %v", len(s.revoked.until), err)
	}
}

func TestRevoke_Refuses(t *testing.T) {
	_, h := front(t)
	for name, w := range map[string]int{
		"no client": post(h, "/oauth/revoke", formOf("token", "x"), "", "").Code - 401, "no token": post(h, "/oauth/revoke", formOf(), "demo-shop", "demo-shop-secret").Code - 400,
		"not a token": post(h, "/oauth/revoke", formOf("token", "x"), "demo-shop", "demo-shop-secret").Code - 200, // RFC 7009, section 2.2
	} {
		if w != 0 {
			t.Errorf("%s: off by %d", name, w)
		}
	}
}

func TestIntrospect_TellsOfOnesOwn(t *testing.T) {
	s, h := front(t)
	own, _, _ := s.Issue("demo-shop", "demo-shop-secret", "payments:read")
	others, _, _ := s.Issue("other-shop", "other-shop-secret", "")
	asPerson := tokensOf(t, exchange(h, newBrowser(t, h).code("operator", "operator-password"))).AccessToken
	ask := func(token, client, secret string) (got introspected) {
		t.Helper()
		w := post(h, "/oauth/introspect", formOf("token", token), client, secret)
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("introspected: want 200 that is not to be stored, got %d %s", w.Code, w.Body)
		}
		return got
	}
	got := ask(own, "demo-shop", "demo-shop-secret")
	if !got.Active || got.Scope != "payments:read" || got.ClientID != "demo-shop" || got.Subject != "demo-shop" || got.TokenType != "Bearer" || got.Audience != issuer || got.Expires != noon.Add(Life).Unix() {
		t.Errorf("one's own: %+v", got)
	}
	for name, token := range map[string]string{"another's": others, "a person's": asPerson, "none": "x"} {
		if got := ask(token, "demo-shop", "demo-shop-secret"); got.Active || got.ClientID != "" || got.Scope != "" {
			t.Errorf("introspected a token that is %s: want it inactive and nothing said, got %+v", name, got)
		}
	}
	if got := ask(asPerson, "audit-tool", "audit-tool-secret"); !got.Active || got.Username != "operator" || len(got.Roles) != 1 || got.Roles[0] != identity.RoleOperator {
		t.Errorf("a person's, to staff: %+v", got)
	}
	for name, w := range map[string]int{
		"nobody": post(h, "/oauth/introspect", formOf("token", own), "", "").Code, "an app": post(h, "/oauth/introspect", formOf("token", own, "client_id", "demo-app"), "", "").Code,
	} {
		if w != 401 {
			t.Errorf("introspected as %s: want 401, got %d", name, w)
		}
	}
	post(h, "/oauth/revoke", formOf("token", own), "demo-shop", "demo-shop-secret")
	if got := ask(own, "demo-shop", "demo-shop-secret"); got.Active {
		t.Error("a revoked token is active")
	}
}
