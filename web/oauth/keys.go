package oauth

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"sandbank/clock"
	"sandbank/identity/grant"
)

// ringName is where the store keeps the ring.
const ringName = "token-keys"

// signInName is the document with the key of sign-ins.
const signInName = "sign-in"

// NewKey makes a signing key, ES256 (RFC 7518).
func NewKey() (k grant.Key, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return k, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return k, err
	}
	sum := sha256.Sum256(public)
	k.ID = base64.RawURLEncoding.EncodeToString(sum[:12])
	k.PKCS8, err = x509.MarshalPKCS8PrivateKey(key)
	return k, err
}

// readKey reads what NewKey made.
func readKey(k grant.Key) (*ecdsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		return nil, fmt.Errorf("oauth: the signing key %q cannot be read: %w", k.ID, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("oauth: the signing key %q is not ES256", k.ID)
	}
	return key, nil
}

// keyring is the ring as this processor knows it. It does not change.
type keyring struct {
	ring   grant.Ring
	stored []byte
	keys   map[string]*ecdsa.PrivateKey
}

func newKeyring(stored []byte) (*keyring, error) {
	r, err := grant.ReadRing(stored)
	if err != nil {
		return nil, fmt.Errorf("oauth: the signing keys cannot be read: %w", err)
	}
	k := &keyring{ring: r, stored: stored, keys: map[string]*ecdsa.PrivateKey{}}
	if _, ok := r.Present(); !ok {
		return nil, fmt.Errorf("oauth: there is no signing key")
	}
	for _, one := range r.Keys {
		if k.keys[one.ID], err = readKey(one); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// present is the key that signs.
func (k *keyring) present() (id string, key *ecdsa.PrivateKey) {
	one, _ := k.ring.Present()
	return one.ID, k.keys[one.ID]
}

// public is the key that verifies, of an id.
func (k *keyring) public(id string, now time.Time) (*ecdsa.PublicKey, bool) {
	if _, ok := k.ring.Find(id, now); !ok {
		return nil, false
	}
	return &k.keys[id].PublicKey, true
}

// changeKeys changes the ring in the store, and takes it from there.
func (s *Server) changeKeys(ctx context.Context, change func(grant.Ring) (grant.Ring, error)) error {
	stored, err := s.Store.ChangeSecret(ctx, ringName, func(old []byte) ([]byte, error) {
		r, err := grant.ReadRing(old)
		if err != nil {
			return nil, err
		}
		if r, err = change(r); err != nil {
			return nil, err
		}
		return r.Write(), nil
	})
	if err != nil {
		return err
	}
	return s.takeKeys(stored)
}

func (s *Server) takeKeys(stored []byte) error {
	if k := s.keys.Load(); k != nil && bytes.Equal(k.stored, stored) {
		return nil
	}
	k, err := newKeyring(stored)
	if err == nil {
		s.keys.Store(k)
	}
	return err
}

// readKeys takes the ring as the store has it now.
func (s *Server) readKeys(ctx context.Context) error {
	stored, err := s.Store.Secret(ctx, ringName, func() ([]byte, error) { return nil, errors.New("oauth: the signing keys are gone") })
	if err != nil {
		return err
	}
	return s.takeKeys(stored)
}

// RotateKey has the next key sign from now on. Where the present one was stolen,
// all keys are replaced at once, and everybody needs new tokens.
func RotateKey(ctx context.Context, store Store, now time.Time, compromised bool) (r grant.Ring, err error) {
	_, err = store.ChangeSecret(ctx, ringName, func(old []byte) ([]byte, error) {
		if r, err = grant.ReadRing(old); err != nil {
			return nil, err
		}
		if compromised {
			r, err = grant.Replaced(now, NewKey)
		} else {
			r, err = r.Turned(now, Life+2*leeway, NewKey)
		}
		return r.Write(), err
	})
	return r, err
}

// rotate has the next key sign where the present one is old. Of several processors
// that see it at once, the first one turns the ring.
func (s *Server) rotate(ctx context.Context) error {
	now := s.Clock.Now()
	if !s.keys.Load().ring.Old(now) {
		return nil
	}
	return s.changeKeys(ctx, func(r grant.Ring) (grant.Ring, error) {
		if !r.Old(now) {
			return r, nil
		}
		turned, err := r.Turned(now, s.longest()+2*leeway, NewKey)
		if errors.Is(err, grant.ErrTooNew) { // its time will come
			return r, nil
		}
		return turned, err
	})
}

// How often a processor looks at what others have changed.
const (
	// LookEvery bounds how long a token is good for, and a stream open with it, after
	// another processor has revoked it: this, and the time of one query. Half of what is
	// promised leaves the other half for a busy database.
	LookEvery   = promised / 2
	promised    = 500 * time.Millisecond
	rotateEvery = time.Minute
	forgetEvery = 10 * time.Minute
)

// Run reads keys and revocations from the store, rotates the keys, and deletes
// expired rows, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	look, every := s.learn, LookEvery
	if s.Alone {
		look, every = func(context.Context) error { return nil }, rotateEvery
	}
	for n := 1; clock.Pause(ctx, every) == nil; n++ {
		err := look(ctx)
		if err == nil {
			err = s.rotate(ctx)
		}
		if err == nil && n%int(forgetEvery/every) == 0 {
			err = s.Store.Forget(ctx, s.Clock.Now())
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("what other processors have revoked could not be read; trying again", "error", err)
		}
	}
}

// learn reads what other processors have changed.
func (s *Server) learn(ctx context.Context) error {
	before := s.keys.Load()
	if err := s.readKeys(ctx); err != nil {
		return err
	}
	news, err := s.revoked.learn(ctx, s.Store, s.Clock.Now())
	if news || s.keys.Load() != before {
		s.lookAll()
	}
	return err
}

// Secrets names the documents with this server's secrets, by which tokens and sessions that it gave out hold.
func Secrets() []string { return []string{ringName, signInName} }
