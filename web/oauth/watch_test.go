package oauth

import (
	"context"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sandbank/clock"
	"sandbank/identity"
)

// ending is a channel that is closed when a watch over a token ends.
func ending(t *testing.T, s *Server, token string) <-chan struct{} {
	t.Helper()
	ended := make(chan struct{})
	t.Cleanup(s.Watch(token, func() { close(ended) })) // a second call would panic
	return ended
}

func awaitEnding(t *testing.T, what string, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(5 * time.Minute):
		t.Fatalf("%s: the watch has not ended", what)
	}
}

func goesOn(t *testing.T, what string, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
		t.Errorf("%s has ended", what)
	default:
	}
}

// Open streams end with their token, its sign-in or its key, here and on other
// processors.
func TestWatch_EndsWithWhatIsTakenBack(t *testing.T) {
	c, store := clock.NewManual(noon), memory(t)
	s, other := beside(t, store, c), beside(t, store, c)
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); other.Run(ctx) }()
	defer func() { end(); <-done }()
	token, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	kept, _, _ := s.Issue("demo-shop", "demo-shop-secret", "")
	persons, err := s.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: "operator"}, ClientID: identity.DemoApp.ID, Scope: identity.RoleOperator.Scope(),
		Roles: []identity.Role{identity.RoleOperator}, Grant: "gr_1",
	}, Life)
	if err != nil {
		t.Fatal(err)
	}
	here, there := ending(t, s, token), ending(t, other, token)
	personsHere, personsThere := ending(t, s, persons), ending(t, other, persons)
	keptHere, keptThere := ending(t, s, kept), ending(t, other, kept)

	if w := post(routes(s), "/oauth/revoke", formOf("token", token), "demo-shop", "demo-shop-secret"); w.Code != 200 {
		t.Fatalf("revoked a token: want 200, got %d %s", w.Code, w.Body)
	}
	awaitEnding(t, "the token, here", here)
	awaitEnding(t, "the token, there", there)
	awaitEnding(t, "a token that was taken back before", ending(t, s, token))
	if err := s.revokeGrant(t.Context(), "gr_1"); err != nil {
		t.Fatal(err)
	}
	awaitEnding(t, "the sign-in, here", personsHere)
	awaitEnding(t, "the sign-in, there", personsThere)
	goesOn(t, "another token, here", keptHere)
	goesOn(t, "another token, there", keptThere)

	if _, err := RotateKey(t.Context(), store, c.Now(), true); err != nil {
		t.Fatal(err)
	}
	awaitEnding(t, "the key", keptThere)
	if len(other.watchers.open) != 0 {
		t.Errorf("%d watches are kept", len(other.watchers.open))
	}
}
