package grant

import (
	"context"
	"time"
)

// Store keeps what the authorization server has given out, and its keys.
type Store interface {
	// Secret is a named value, made on first use.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	// ChangeSecret changes a named value under a lock; it is nil at first.
	ChangeSecret(ctx context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error)
	AddGrant(ctx context.Context, g Grant, first Ticket) error
	// AddTicket adds one to a grant; [ErrNoTicket] where that was taken back.
	AddTicket(ctx context.Context, t Ticket) error
	// Ticket finds one by its hash, with its grant; else [ErrNoTicket].
	Ticket(ctx context.Context, hash string) (Grant, Ticket, error)
	// Spend is Ticket, and marks it as spent: the ticket is as it was before.
	Spend(ctx context.Context, hash string) (Grant, Ticket, error)
	ExtendTicket(ctx context.Context, hash string, until time.Time) error
	// Revoke takes back a token, or a grant with its tickets.
	Revoke(ctx context.Context, r Revocation) error
	// Revocations lists those numbered after one, in ascending order. Whoever has
	// read up to a number finds no lower one later.
	Revocations(ctx context.Context, after int64, now time.Time) ([]Revocation, error)
	// Forget removes what has run out.
	Forget(ctx context.Context, now time.Time) error
}
