package bank

import (
	"context"
	"time"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/settlement/statement"
)

// deliver writes the files of the unpublished batches, however long that takes.
// So a receiver of the message finds the files. It returns false if the bank
// ends first.
func (b *Bank) deliver(ctx context.Context) bool {
	for _, s := range b.statements() {
		for {
			err := b.Files(s)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return false
			}
			b.Log.Error("the files of a settlement cannot be delivered; the bank waits", "bank", b.Identifier, "settlement", s.ID, "error", err)
			_ = clock.Pause(ctx, 500*time.Millisecond)
		}
	}
	return true
}

// statements returns the batches that the broker has not confirmed yet.
func (b *Bank) statements() (list []statement.Statement) {
	if b.Files == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.book.ToSay() {
		if s, ok := m.(wire.Settlement); ok {
			list = append(list, statement.Statement{Settlement: s, Opening: b.book.Opening(s)})
		}
	}
	return list
}
