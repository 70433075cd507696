package bank

import (
	"context"

	"sandbank/bank/book"
)

// Journal keeps what a bank decided, in order, so that a bank that was killed
// goes on as if nothing had happened. A record is in the journal before anybody
// hears of it.
type Journal interface {
	// Append keeps records, all or none. An error leaves it open whether they
	// are kept; the bank appends them again, and applying a record twice is
	// applying it once.
	Append(ctx context.Context, records []book.Record) error
	// Replay hands over every record, in order.
	Replay(ctx context.Context, each func(book.Record) error) error
}

// Memory is the journal of a bank that ends with its process: it keeps nothing,
// since nobody could read it again.
type Memory struct{}

// Append implements [Journal].
func (Memory) Append(context.Context, []book.Record) error { return nil }

// Replay implements [Journal].
func (Memory) Replay(context.Context, func(book.Record) error) error { return nil }
