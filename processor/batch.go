package processor

import (
	"context"
	"slices"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/telemetry/trace"
)

// maxBatch is how many waiting commands one transaction takes along, beside as many of banks' messages at
// most. A commit costs about the same for one as for hundreds; what waits while one commit is under way goes
// with the next.
const maxBatch = 256

// command is one use case on its way into a batch. Decide runs inside the
// batch's transaction and may run more than once; it touches the Work only when
// it returns nil.
type command struct {
	load   func(*Load)
	decide func(*Work) error
	result error
	done   chan struct{}
	span   trace.Span // of a bank's message; the zero value for none
}

// batcher commits commands, as many at a time as are waiting.
type batcher struct {
	store     Committer
	lease     time.Duration
	queue     chan *command
	lists     chan []*command // of banks' messages; a worker takes one along whole, before the commands of the queue
	idle      chan struct{}   // closed while there is no worker
	committed func(*Work)
	workers   sync.WaitGroup
	commands  clock.Count
	// Load adds to what every batch loads, and prepare gets its working set before the commands. They may be nil.
	load    func(*Load)
	prepare func(*Work)
}

func newBatcher(store Committer, lease time.Duration, committed func(*Work)) *batcher {
	b := &batcher{store: store, lease: lease, queue: make(chan *command, 4*maxBatch), lists: make(chan []*command), committed: committed}
	b.idle = make(chan struct{})
	close(b.idle)
	return b
}

// start runs n workers until ctx ends; they finish the batch in hand.
func (b *batcher) start(ctx context.Context, n int) {
	idle := make(chan struct{})
	b.idle = idle
	for range n {
		b.workers.Go(func() { b.work(ctx) })
	}
	go func() { b.workers.Wait(); close(idle) }()
}

// together hands in commands that are committed in their order, beside those that wait in the queue, and waits for them.
// As in do, it may end with its context's error before they are carried out.
func (b *batcher) together(ctx context.Context, list []*command) error {
	select {
	case b.lists <- list:
	case <-b.idle:
		b.commit(ctx, list)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	for _, c := range list {
		select {
		case <-c.done:
		case <-ctx.Done():
			return unavailable(ctx.Err())
		}
	}
	return nil
}

// do hands a command in and waits for it. A caller that gives up gets its
// context's error; the command may still be carried out, as after any lost
// connection. Done is false then, and what decide writes must not be read.
func (b *batcher) do(ctx context.Context, c *command) (done bool, err error) {
	c.done = make(chan struct{})
	b.commands.Begin(1)
	select {
	case b.queue <- c:
	case <-ctx.Done():
		b.commands.End(1)
		return false, unavailable(ctx.Err())
	}
	select {
	case <-c.done:
		return true, c.result
	case <-ctx.Done():
		return false, unavailable(ctx.Err())
	}
}

// submit hands a command in, and returns what decide made of it, also with its
// refusal. A caller that gives up gets the zero value: decide may be at it still.
func submit[T any](ctx context.Context, b *batcher, load func(*Load), decide func(*Work) (T, error)) (T, error) {
	var made, none T
	done, err := b.do(ctx, &command{load: load, decide: func(w *Work) (err error) {
		made, err = decide(w)
		return err
	}})
	if !done {
		return none, err
	}
	return made, err
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "busy", "The request could not be handled in time.").
		Hinting("Try again with the same Idempotency-Key; nothing is done twice.").Because(err)
}

func (b *batcher) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-b.queue:
			b.commitWith(context.WithoutCancel(ctx), nil, first)
		case list := <-b.lists:
			b.commitWith(context.WithoutCancel(ctx), list)
		}
	}
}

// commitWith commits banks' messages, those that wait where none are given, and what waits in the queue.
func (b *batcher) commitWith(ctx context.Context, said []*command, queued ...*command) {
	if said == nil {
		select {
		case said = <-b.lists:
		default:
		}
	}
	queued = b.gather(queued)
	b.commit(ctx, slices.Concat(said, queued))
	b.commands.End(len(queued))
}

func (b *batcher) gather(batch []*command) []*command {
	for len(batch) < maxBatch {
		select {
		case c := <-b.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

func (b *batcher) commit(ctx context.Context, batch []*command) {
	var load Load
	for _, c := range batch {
		c.load(&load)
	}
	if b.load != nil {
		b.load(&load)
	}
	var committed *Work
	err := b.store.Commit(ctx, load, func(w *Work) error {
		w.commands = len(batch)
		if b.prepare != nil {
			b.prepare(w)
		}
		for _, c := range batch {
			c.result = c.decide(w)
		}
		w.Lease, committed = b.lease, w
		return nil
	})
	if len(batch) > 1 && err != nil && !fault.Is(err, fault.Unavailable) {
		b.commitSingly(ctx, batch)
		return
	}
	if err == nil {
		b.committed(committed)
	}
	for _, c := range batch {
		if err != nil {
			c.result = err
		}
		close(c.done)
	}
}

// commitSingly gives each command a transaction of its own, so that one which
// the store cannot take does not fail those that happened to wait beside it.
func (b *batcher) commitSingly(ctx context.Context, batch []*command) {
	for _, c := range batch {
		b.commit(ctx, []*command{c})
	}
}
