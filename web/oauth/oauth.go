// Package oauth is the authorization server: it tells programs and people apart
// and gives each of them access tokens, signed JWTs in the form of RFC 9068 that
// any processor on the same store checks without asking.
//
//	a merchant's server ── client credentials ──────────────────────▶ access token
//	a person in an app  ── /oauth/authorize ── code ── PKCE ────────▶ access and refresh token
//	a person, dashboard ── the same way ──▶ /signed-in ─────────────▶ a session
//
// Tokens of people belong to a grant (package grant). A code or a refresh token
// that comes a second time was stolen, and so its grant is revoked with
// everything that was issued for it. The keys are in the store, and rotate by
// themselves.
package oauth

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/grant"
	"sandbank/web/gate"
)

// How long things are good for.
const (
	// Life is an access token's, unless a client may ask for more, and does.
	Life = 15 * time.Minute
	// LongLife is the longest life that a client may ask for where only this machine
	// can connect: a token that outlives a developer's working day.
	LongLife = 7 * 24 * time.Hour
	// codeLife is the life of a code, which a program exchanges at once.
	codeLife = time.Minute
	// grantLife is how long an app may go on refreshing, refreshLife how long it
	// may pause.
	grantLife, refreshLife = 30 * 24 * time.Hour, 7 * 24 * time.Hour
	// leeway is how far the clocks of processors may be apart.
	leeway = 5 * time.Second
)

// Store keeps keys, grants, tickets and revocations.
type Store = grant.Store

// Config is what a Server is made of.
type Config struct {
	// Issuer is the processor's public base URL, and the audience of its tokens.
	Issuer  string
	Store   Store
	Clients *identity.Registry
	People  *identity.People
	Apps    []identity.App
	// Alone says that no other process can change what is in the store: there is nothing to look for in it.
	Alone bool
	// LongLife lets clients ask for tokens that are good for up to [LongLife]: for a
	// processor that only this machine can ask.
	LongLife bool
	// Shown are people whose passwords the sign-in page shows: the development ones.
	Shown  []identity.Person
	Clock  clock.Computer
	Chance *chance.Source
	Log    *slog.Logger
}

// Server issues and checks tokens.
type Server struct {
	Config
	keys     atomic.Pointer[keyring]
	rereads  *rate.Limiter // for keys that are not known
	revoked  revoked
	known    cache
	watchers watchers
	secret   []byte // of forms and cookies
	secure   bool   // cookies are for HTTPS alone
	// Gate bounds how often a secret may be guessed; nil for no bound.
	Gate *gate.Gate
}

// New makes a server, with keys if the store has none yet.
func New(ctx context.Context, c Config) (*Server, error) {
	s := &Server{
		Config: c, rereads: rate.NewLimiter(rate.Every(time.Second), 3), secure: strings.HasPrefix(c.Issuer, "https://"),
		revoked: revoked{until: map[string]time.Time{}}, known: cache{tokens: map[string]entry{}}, watchers: watchers{open: map[*watcher]bool{}},
	}
	s.Apps = append([]identity.App{s.dashboard()}, c.Apps...)
	var err error
	s.secret, err = c.Store.Secret(ctx, signInName, func() ([]byte, error) {
		fresh := make([]byte, 32)
		_, err := rand.Read(fresh)
		return fresh, err
	})
	if err != nil {
		return nil, err
	}
	if err := s.changeKeys(ctx, func(r grant.Ring) (grant.Ring, error) { return r.Begun(c.Clock.Now(), NewKey) }); err != nil {
		return nil, err
	}
	return s, s.learn(ctx)
}

// derived is a key for one purpose.
func (s *Server) derived(purpose string) []byte {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte(purpose))
	return m.Sum(nil)
}

// claims are the claims of an RFC 9068 access token.
type claims struct {
	jwt.RegisteredClaims
	ClientID string          `json:"client_id"`
	Scope    string          `json:"scope"`
	Roles    []identity.Role `json:"roles"` // one; section 2.2.3.1
	Merchant string          `json:"merchant,omitempty"`
	Grant    string          `json:"grant,omitempty"` // of a person's token
}

// roleOf is a client's role.
func roleOf(c identity.Client) identity.Role { return cmp.Or(c.Role, identity.RoleMerchant) }

// Issue makes a token for client credentials, narrowed to a scope, or, for none,
// for all that the client's role may do.
func (s *Server) Issue(clientID, secret, scope string) (token, granted string, err error) {
	client, err := s.Clients.Authenticate(clientID, secret)
	if err != nil {
		return "", "", err
	}
	return s.issueTo(client, scope, s.atMost(client, Life))
}

// longest is the longest life of a token that this server gives, and takes.
func (s *Server) longest() time.Duration {
	if s.LongLife {
		return LongLife
	}
	return Life
}

// atMost is a life that a client's tokens may have: none is good for longer than the client is there.
func (s *Server) atMost(client identity.Client, life time.Duration) time.Duration {
	if until, goes := s.Clients.Until(client.ID); goes {
		return min(life, until.Sub(s.Clock.Now()).Truncate(time.Second))
	}
	return life
}

// issueTo makes a token for a client that has shown its secret.
func (s *Server) issueTo(client identity.Client, scope string, life time.Duration) (token, granted string, err error) {
	role := roleOf(client)
	granted, no := scopeFor(role, scope)
	if no != nil {
		return "", "", no
	}
	token, err = s.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: client.ID}, ClientID: client.ID, Scope: granted, Roles: []identity.Role{role}, Merchant: client.Merchant.ID,
	}, life)
	return token, granted, err
}

// issueFor makes a token of a grant.
func (s *Server) issueFor(g grant.Grant, scope string) (string, error) {
	return s.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: g.Person}, ClientID: g.App, Scope: scope, Roles: []identity.Role{g.Role}, Merchant: g.Merchant, Grant: g.ID,
	}, Life)
}

// sign completes a token and signs it with the present key.
func (s *Server) sign(c claims, life time.Duration) (string, error) {
	now := s.Clock.Now()
	c.Issuer, c.Audience, c.ID = s.Issuer, jwt.ClaimStrings{s.Issuer}, s.Chance.ID("tok", now)
	c.IssuedAt, c.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(life))
	id, key := s.keys.Load().present()
	t := jwt.NewWithClaims(jwt.SigningMethodES256, c)
	t.Header["typ"], t.Header["kid"] = "at+jwt", id
	token, err := t.SignedString(key)
	if err != nil {
		return "", fault.From(err)
	}
	return token, nil
}
