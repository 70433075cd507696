package oauth

import (
	"context"
	"sync"
	"time"

	"sandbank/identity/grant"
)

// revoked holds the revocations that this processor has read.
type revoked struct {
	mu    sync.RWMutex
	until map[string]time.Time
	last  int64 // number of the last one read
}

// has reports whether any of the ids was taken back.
func (r *revoked) has(ids ...string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, id := range ids {
		if _, ok := r.until[id]; ok && id != "" {
			return true
		}
	}
	return false
}

func (r *revoked) add(id string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until[id] = until
}

// learn reads new revocations, and drops expired ones. It reports whether there
// were new ones.
func (r *revoked) learn(ctx context.Context, store Store, now time.Time) (news bool, err error) {
	list, err := store.Revocations(ctx, r.last, now) // one goroutine learns
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range list {
		r.until[one.ID], r.last = one.Until, one.Number
	}
	for id, until := range r.until {
		if !now.Before(until) {
			delete(r.until, id)
		}
	}
	return len(list) > 0, nil
}

// revoke takes back a token or a grant: here at once, elsewhere within half a second.
func (s *Server) revoke(ctx context.Context, id string, until time.Time) error {
	if err := s.Store.Revoke(ctx, grant.Revocation{ID: id, Until: until}); err != nil {
		return err
	}
	s.revoked.add(id, until)
	s.lookAll()
	return nil
}

// revokeGrant takes back a grant and all that was issued for it. Its secrets are
// gone with it; the last of its tokens runs out in time.
func (s *Server) revokeGrant(ctx context.Context, id string) error {
	return s.revoke(ctx, id, s.Clock.Now().Add(Life+2*leeway))
}
