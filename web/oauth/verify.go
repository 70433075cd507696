package oauth

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sandbank/fault"
	"sandbank/identity"
)

// Authenticate checks a bearer token and says whose it is. A token seen before is
// not verified again until it expires or a key goes, but looked up among those
// that were revoked.
func (s *Server) Authenticate(token string) (identity.Principal, error) {
	if token == "" {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_missing", "This needs an access token.").
			Hinting("POST /oauth/token with your client id and secret, then send \"Authorization: Bearer <access_token>\".")
	}
	e, err := s.read(token)
	if err != nil {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "The access token is not valid, has expired or was revoked.").
			Hinting("Get a fresh one from POST /oauth/token; they are good for %s.", Life).Because(err)
	}
	return e.principal, nil
}

// read is a valid token, from memory or verified.
func (s *Server) read(token string) (entry, error) {
	now := s.Clock.Now()
	gone := s.Clients.Gone()
	e, ok := s.known.get(token, s.keys.Load(), now)
	if !ok || e.gone != gone {
		var err error
		if e, err = s.verify(token); err != nil {
			return entry{}, err
		}
		e.gone = gone
		s.known.put(token, e, now)
	}
	if s.revoked.has(e.claims.ID, e.claims.Grant) {
		return entry{}, errors.New("it was revoked")
	}
	return e, nil
}

func (s *Server) verify(token string) (entry, error) {
	var c claims
	ring := s.keys.Load()
	_, err := jwt.ParseWithClaims(token, &c, s.keyOf, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
		jwt.WithIssuer(s.Issuer), jwt.WithAudience(s.Issuer), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithTimeFunc(s.Clock.Now), jwt.WithLeeway(leeway))
	if err != nil {
		return entry{}, err
	}
	if c.IssuedAt == nil || c.ExpiresAt.Sub(c.IssuedAt.Time) > s.longest() {
		return entry{}, fmt.Errorf("no token is good for longer than %s", s.longest())
	}
	if c.ID == "" || c.Scope == "" {
		return entry{}, errors.New("it has no id or no scope")
	}
	p, err := s.holder(c)
	p.Scope, p.Until = c.Scope, c.ExpiresAt.Time
	return entry{principal: p, claims: c, ring: ring}, err
}

// keyOf is the key that a token's header names, if the header is one of ours. Only
// an id that is not known is looked for in the store, and that not often: another
// processor may have turned the ring a moment ago.
func (s *Server) keyOf(t *jwt.Token) (any, error) {
	if t.Header["typ"] != "at+jwt" {
		return nil, fmt.Errorf("typ is %v, not at+jwt", t.Header["typ"])
	}
	if crit, ok := t.Header["crit"]; ok { // RFC 7515, section 4.1.11
		return nil, fmt.Errorf("crit asks for %v, which is not known here", crit)
	}
	id, _ := t.Header["kid"].(string)
	if key, ok := s.find(id); ok {
		return key, nil
	}
	if len(id) == keyIDLength && s.rereads.Allow() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.readKeys(ctx); err != nil {
			return nil, err
		}
		if key, ok := s.find(id); ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("kid %.40q is not a key of ours", id)
}

const keyIDLength = 16

func (s *Server) find(id string) (*ecdsa.PublicKey, bool) {
	return s.keys.Load().public(id, s.Clock.Now())
}

// holder is the client or person of a token's claims, if they are still
// registered with them.
func (s *Server) holder(c claims) (identity.Principal, error) {
	if c.Grant != "" {
		return s.person(c.ClientID, c.Subject, c.Roles...)
	}
	client, ok := s.Clients.Client(c.ClientID)
	if !ok || c.Subject != client.ID {
		return identity.Principal{}, fmt.Errorf("client %q is not known any more", c.ClientID)
	}
	if role := roleOf(client); !slices.Equal(c.Roles, []identity.Role{role}) {
		return identity.Principal{}, fmt.Errorf("client %q has another role", c.ClientID)
	}
	return identity.Principal{Client: client.ID, Merchant: client.Merchant, Role: roleOf(client)}, nil
}

// person is a person who signed in to an app.
func (s *Server) person(app, name string, roles ...identity.Role) (identity.Principal, error) {
	p, ok := s.People.Find(name)
	if !ok || !slices.Equal(roles, []identity.Role{p.Role}) {
		return identity.Principal{}, fmt.Errorf("person %q is not known any more, or has another role", name)
	}
	if _, ok := s.app(app); !ok {
		return identity.Principal{}, fmt.Errorf("app %q is not known any more", app)
	}
	return identity.Principal{Client: app, Person: p.Name, Role: p.Role, Merchant: p.Merchant}, nil
}

func (s *Server) app(id string) (identity.App, bool) {
	for _, a := range s.Apps {
		if a.ID == id {
			return a, true
		}
	}
	return identity.App{}, false
}

// CallsFrom reports whether an origin belongs to a registered app.
func (s *Server) CallsFrom(origin string) bool {
	return slices.ContainsFunc(s.Apps, func(a identity.App) bool { return a.CallsFrom(origin) })
}

// cache remembers verified tokens, a bounded number of them.
type cache struct {
	mu     sync.RWMutex
	tokens map[string]entry
}

type entry struct {
	principal identity.Principal
	claims    claims
	ring      *keyring // by which it was verified
	gone      int      // how many clients had gone by then
}

const maxCached = 4096

func (c *cache) get(token string, ring *keyring, now time.Time) (entry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.tokens[token]
	return e, ok && e.ring == ring && now.Before(e.principal.Until)
}

func (c *cache) put(token string, e entry, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tokens) >= maxCached {
		clear(c.tokens)
	}
	if now.Before(e.principal.Until) {
		c.tokens[token] = e
	}
}
