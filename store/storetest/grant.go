package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sandbank/identity"
	"sandbank/identity/grant"
)

// granted keeps a grant with a ticket.
func (s *suite) granted(hash string) (grant.Grant, grant.Ticket) {
	s.Helper()
	g := grant.Grant{ID: s.id("gra"), App: "app", Person: "ann", Role: identity.RoleOperator, Scope: "payments:read", MadeAt: s.now, Until: s.now.Add(time.Hour)}
	t := grant.Ticket{Hash: hash, Grant: g.ID, Kind: grant.Code, RedirectURI: "https://x/", Challenge: "c", Until: s.now.Add(time.Minute)}
	s.ok(s.store.AddGrant(s.ctx, g, t))
	return g, t
}

func ticketsSpend(s *suite) {
	g, t := s.granted("h1")
	gotGrant, got, err := s.store.Ticket(s.ctx, "h1")
	if s.ok(err); gotGrant != g || got != t {
		s.Errorf("read back as %+v, %+v", gotGrant, got)
	}
	var first atomic.Int64
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			_, got, err := s.store.Spend(s.ctx, "h1")
			if s.fine(err); !got.Spent {
				first.Add(1)
			}
		})
	}
	if wait.Wait(); first.Load() != 1 {
		s.Errorf("%d of ten spent one ticket first", first.Load())
	}
	if _, _, err := s.store.Spend(s.ctx, "none"); !errors.Is(err, grant.ErrNoTicket) {
		s.Errorf("an unknown ticket: %v", err)
	}
	later := s.now.Add(30 * time.Minute)
	s.ok(s.store.ExtendTicket(s.ctx, "h1", later))
	if _, got, err := s.store.Ticket(s.ctx, "h1"); err != nil || !got.Until.Equal(later) || !got.Spent {
		s.Errorf("extended: %+v, %v", got, err)
	}
}

func revocations(s *suite) {
	g, _ := s.granted("h1")
	kept, _ := s.granted("h2")
	until := s.now.Add(time.Minute)
	s.ok(s.store.Revoke(s.ctx, grant.Revocation{ID: "tok_1", Until: until}))
	s.ok(s.store.Revoke(s.ctx, grant.Revocation{ID: g.ID, Until: until}))
	s.ok(s.store.Revoke(s.ctx, grant.Revocation{ID: g.ID, Until: until})) // twice is once
	list, err := s.store.Revocations(s.ctx, 0, s.now)
	if s.ok(err); len(list) != 2 || list[0].ID != "tok_1" || list[1].ID != g.ID || !list[1].Until.Equal(until) {
		s.Fatalf("revoked: %+v", list)
	}
	if rest, err := s.store.Revocations(s.ctx, list[0].Number, s.now); err != nil || len(rest) != 1 || rest[0] != list[1] {
		s.Errorf("after the first: %+v, %v", rest, err)
	}
	if _, _, err := s.store.Ticket(s.ctx, "h1"); !errors.Is(err, grant.ErrNoTicket) {
		s.Errorf("a ticket of what was revoked: %v", err)
	}
	if err := s.store.AddTicket(s.ctx, grant.Ticket{Hash: "h3", Grant: g.ID, Until: until}); !errors.Is(err, grant.ErrNoTicket) {
		s.Errorf("another ticket for what was revoked: %v", err)
	}
	if _, _, err := s.store.Ticket(s.ctx, "h2"); err != nil {
		s.Errorf("a ticket of another grant: %v", err)
	}
	s.ok(s.store.Forget(s.ctx, until))
	if list, err := s.store.Revocations(s.ctx, 0, s.now); err != nil || len(list) != 0 {
		s.Errorf("after their time: %+v, %v", list, err)
	}
	s.ok(s.store.Forget(s.ctx, kept.Until))
	if _, _, err := s.store.Ticket(s.ctx, "h2"); !errors.Is(err, grant.ErrNoTicket) {
		s.Errorf("a ticket of a grant that has run out: %v", err)
	}
}
