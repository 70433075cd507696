// Package oauth gives clients their access tokens: OAuth 2.1 client
// credentials, answered with a signed JWT in the form of RFC 9068 that any
// processor with the same key checks without asking. The key is in the store,
// made on first use, so all processors share it.
package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/gate"
	"sandbank/identity"
)

// Life is how long an access token is good.
const Life = 15 * time.Minute

// NewKey makes a signing key, ES256 (RFC 7518), as PKCS #8.
func NewKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// Server issues and checks tokens.
type Server struct {
	issuer   string
	key      *ecdsa.PrivateKey
	keyID    string
	registry *identity.Registry
	clock    clock.Clock
	chance   *chance.Source
	known    cache
	// Gate bounds how often a secret may be guessed; nil for no bound.
	Gate *gate.Gate
}

// New makes a server with a key that [NewKey] made. The issuer is the
// processor's public base URL, and the audience of its tokens.
func New(issuer string, pkcs8 []byte, r *identity.Registry, c clock.Clock, s *chance.Source) (*Server, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("oauth: the signing key cannot be read: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("oauth: the signing key is not ES256")
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(public)
	return &Server{
		issuer: issuer, key: key, keyID: base64.RawURLEncoding.EncodeToString(sum[:12]),
		registry: r, clock: c, chance: s, known: cache{tokens: map[string]entry{}},
	}, nil
}

// claims are those of an RFC 9068 access token.
type claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope,omitempty"`
}

// Issue makes a token for client credentials.
func (s *Server) Issue(clientID, secret string) (token string, err error) {
	client, err := s.registry.Authenticate(clientID, secret)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims{
		ClientID: client.ID,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.issuer, Subject: client.ID, Audience: jwt.ClaimStrings{s.issuer},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(Life)),
			ID: s.chance.ID("tok", now),
		},
	})
	t.Header["typ"], t.Header["kid"] = "at+jwt", s.keyID
	token, err = t.SignedString(s.key)
	if err != nil {
		return "", fault.From(err)
	}
	return token, nil
}

// Authenticate checks a bearer token and says whose it is. A token seen before
// is not verified again until it expires.
func (s *Server) Authenticate(token string) (identity.Principal, error) {
	if token == "" {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_missing", "This needs an access token.").
			Hinting("POST /oauth/token with your client id and secret, then send \"Authorization: Bearer <access_token>\".")
	}
	now := s.clock.Now()
	if p, ok := s.known.get(token, now); ok {
		return p, nil
	}
	p, until, err := s.verify(token)
	if err != nil {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "token_invalid", "The access token is not valid or has expired.").
			Hinting("Get a fresh one from POST /oauth/token; they are good for %s.", Life).Because(err)
	}
	s.known.put(token, p, until, now)
	return p, nil
}

func (s *Server) verify(token string) (p identity.Principal, until time.Time, err error) {
	var c claims
	_, err = jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != "at+jwt" {
			return nil, fmt.Errorf("typ is %v, not at+jwt", t.Header["typ"])
		}
		if t.Header["kid"] != s.keyID {
			return nil, fmt.Errorf("kid %v is not a key of ours", t.Header["kid"])
		}
		if crit, ok := t.Header["crit"]; ok { // RFC 7515, section 4.1.11
			return nil, fmt.Errorf("crit asks for %v, which is not known here", crit)
		}
		return &s.key.PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithIssuer(s.issuer), jwt.WithAudience(s.issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(s.clock.Now), jwt.WithLeeway(5*time.Second))
	if err != nil {
		return p, until, err
	}
	if c.IssuedAt == nil || c.ExpiresAt.Sub(c.IssuedAt.Time) > Life {
		return p, until, fmt.Errorf("no token is good for longer than %s", Life)
	}
	for _, client := range s.registry.Clients() {
		if client.ID == c.ClientID {
			return identity.Principal{Client: client.ID, Merchant: client.Merchant, Until: c.ExpiresAt.Time}, c.ExpiresAt.Time, nil
		}
	}
	return p, until, fmt.Errorf("client %q is not known any more", c.ClientID)
}

// cache remembers verified tokens, a bounded number of them.
type cache struct {
	mu     sync.RWMutex
	tokens map[string]entry
}

type entry struct {
	principal identity.Principal
	until     time.Time
}

const maxCached = 4096

func (c *cache) get(token string, now time.Time) (identity.Principal, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.tokens[token]
	return e.principal, ok && now.Before(e.until)
}

func (c *cache) put(token string, p identity.Principal, until, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tokens) >= maxCached {
		clear(c.tokens)
	}
	if now.Before(until) {
		c.tokens[token] = entry{p, until}
	}
}
