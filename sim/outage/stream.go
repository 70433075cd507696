package outage

import (
	"context"

	"sandbank/fault"
	"sandbank/sim"
)

// streams is what cuts streams.
var streams = Meeting{Kinds: []sim.FaultKind{sim.StreamsCut}}

// Open opens a stream: its context ends when streams are cut. A stream that begins while they are cut
// is refused. The caller calls close when the stream has ended.
func (b *Board) Open(ctx context.Context) (_ context.Context, closed func(), err error) {
	if f, struck := b.Strike(streams); struck {
		return ctx, nil, fault.New(fault.Unavailable, "streams_cut", "Streams are cut on purpose, by the fault %s.", f.ID).
			Hinting("Connect again when it has ended, and go on after the last event that you have.")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[&cancel] = struct{}{}
	return ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.open, &cancel)
		cancel(nil)
	}, nil
}

// endStreams ends the open streams. The caller holds the lock.
func (b *Board) endStreams(f sim.Fault) {
	for cancel := range b.open {
		(*cancel)(Error(f))
	}
}
