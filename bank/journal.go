package bank

import (
	"context"

	"sandbank/bank/book"
)

// Journal keeps a bank's decisions in order, so that a killed bank continues as
// if nothing had happened. A record is in the journal before its consequences
// are published.
type Journal interface {
	// Append keeps all of the records or none. After an error it is unknown
	// whether they are kept; the bank appends them again, and to apply a record
	// twice has the effect of once.
	Append(ctx context.Context, records []book.Record) error
	// Replay passes every record to each, in order.
	Replay(ctx context.Context, each func(book.Record) error) error
}

// Forgetful is the journal of a bank that ends with its process, and of which nobody takes a snapshot: it keeps nothing.
type Forgetful struct{}

// Append implements [Journal].
func (Forgetful) Append(context.Context, []book.Record) error { return nil }

// Replay implements [Journal].
func (Forgetful) Replay(context.Context, func(book.Record) error) error { return nil }
