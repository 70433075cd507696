// Package board keeps what people have under way in a processor, such as runs and lessons, while the processor is there.
// It owns the list, the word of each change, and the end. What an entry does, how many there may be and which goes first
// is its users', who lock the board while they look at entries or change them.
package board

import (
	"context"
	"slices"
	"sync"
)

// Entry is something that is kept, of which V is a copy that does not change any more.
type Entry[V any] interface {
	Key() (id, owner string)
	Copied() V
}

// Board keeps entries in the order in which they were put.
type Board[V any, E Entry[V]] struct {
	sync.Mutex
	Kept    []E
	Running sync.WaitGroup // what the entries have under way

	ctx     context.Context
	end     context.CancelCauseFunc
	changed chan struct{}
}

// New makes an empty board.
func New[V any, E Entry[V]]() *Board[V, E] {
	b := &Board[V, E]{changed: make(chan struct{})}
	b.ctx, b.end = context.WithCancelCause(context.Background())
	return b
}

// Context ends with the board.
func (b *Board[V, E]) Context() context.Context { return b.ctx }

// Tell wakes everybody who waits for a change. The caller holds the lock.
func (b *Board[V, E]) Tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// Change changes entries, and tells of it.
func (b *Board[V, E]) Change(do func()) {
	b.Lock()
	defer b.Unlock()
	do()
	b.Tell()
}

// Changed is closed at the next change of any entry. Who looks takes it before looking.
func (b *Board[V, E]) Changed() <-chan struct{} {
	b.Lock()
	defer b.Unlock()
	return b.changed
}

// Get is the entry with an id; false for one that is not kept. The caller holds the lock.
func (b *Board[V, E]) Get(id string) (e E, ok bool) {
	for _, e := range b.Kept {
		if own, _ := e.Key(); own == id {
			return e, true
		}
	}
	return e, false
}

// Find is a copy of the entry with an id; false for one that is not kept.
func (b *Board[V, E]) Find(id string) (v V, ok bool) {
	b.Lock()
	defer b.Unlock()
	e, ok := b.Get(id)
	if ok {
		v = e.Copied()
	}
	return v, ok
}

// List lists the entries of owners who are seen, the last one first.
func (b *Board[V, E]) List(sees func(owner string) bool) (list []V) {
	b.Lock()
	defer b.Unlock()
	for _, e := range slices.Backward(b.Kept) {
		if _, owner := e.Key(); sees(owner) {
			list = append(list, e.Copied())
		}
	}
	return list
}

// Shut ends the context, and with it all that is under way.
func (b *Board[V, E]) Shut(why error) { b.end(why) }

// Wait waits until all that was under way has ended, or until ctx does.
func (b *Board[V, E]) Wait(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Running.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}
