package grant

import (
	"context"
	"time"
)

// Store keeps the tickets, grants, revocations and keys of the authorization
// server.
type Store interface {
	// Secret returns a named value, which is made on first use.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	// ChangeSecret changes a named value under a lock; it is nil at first.
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
	AddGrant(ctx context.Context, g Grant, first Ticket) error
	// AddTicket adds a ticket to a grant; [ErrNoTicket] if the grant was
	// revoked.
	AddTicket(ctx context.Context, t Ticket) error
	// Ticket returns the ticket with a hash, and its grant; [ErrNoTicket] if
	// there is none.
	Ticket(ctx context.Context, hash string) (Grant, Ticket, error)
	// Spend is Ticket, and marks the ticket as spent; it returns the ticket as
	// it was before.
	Spend(ctx context.Context, hash string) (Grant, Ticket, error)
	ExtendTicket(ctx context.Context, hash string, until time.Time) error
	// Revoke revokes a token, or a grant with its tickets.
	Revoke(ctx context.Context, r Revocation) error
	// Revocations lists the revocations with greater numbers, in ascending
	// order. A caller that has read up to a number never finds a lower one
	// later.
	Revocations(ctx context.Context, after int64, now time.Time) ([]Revocation, error)
	// Forget removes everything that has expired.
	Forget(ctx context.Context, now time.Time) error
}
