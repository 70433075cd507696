package node

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sandbank/broker"
	"sandbank/clock"
	"sandbank/processor/routing"
)

// hearing tells the directory of banks when silence means nothing: while there is
// no connection on which to hear a bank, and while the broker takes no messages,
// as under a memory or disk alarm. The banks' states then stay as they were, and
// accepted payments wait in the outbox.
type hearing struct {
	banks     *routing.Directory
	clock     clock.Computer
	listening chan struct{} // closed when banks are heard for the first time
	once      sync.Once
	mu        sync.Mutex
	lost      bool // the connection on which banks are heard
	held      bool // the broker takes nothing
}

func newHearing(banks *routing.Directory, c clock.Computer) *hearing {
	return &hearing{banks: banks, clock: c, listening: make(chan struct{})}
}

// connected tells that the queue with the banks' signs of life is consumed.
func (h *hearing) connected() {
	h.heard(&h.lost)
	h.once.Do(func() { close(h.listening) })
}

func (h *hearing) silent(why *bool, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*why = true
	h.banks.Deaf(since)
}

func (h *hearing) heard(why *bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *why = false; !h.lost && !h.held {
		h.banks.Hears()
	}
}

const (
	probeInterval = time.Second
	probePatience = 1500 * time.Millisecond // well below a bank's allowance of missed signs
)

// probe publishes a message to nowhere, again and again, on a connection of its
// own: whether the broker confirms it shows whether the banks could be heard.
func (h *hearing) probe(ctx context.Context, dial broker.Dialer, log *slog.Logger) {
	publisher := broker.NewPublisher(dial, "processor probe", broker.DeclareExchanges, log)
	defer publisher.Close()
	for ctx.Err() == nil {
		began := h.clock.Now()
		confirmed := make(chan error, 1)
		go func() {
			_, err := publisher.Publish(ctx, []broker.Message{{Exchange: broker.Requests, ID: "probe", Type: "probe", Body: []byte("{}"), At: began}})
			confirmed <- err
		}()
		if h.answered(confirmed, began) {
			h.heard(&h.held)
		} else if ctx.Err() == nil {
			h.silent(&h.held, began)
		}
		_ = clock.Pause(ctx, probeInterval)
	}
}

// answered waits for the confirm, however long it takes, and lets nobody be taken
// for silent meanwhile.
func (h *hearing) answered(confirmed <-chan error, began time.Time) bool {
	patience := time.NewTimer(probePatience)
	defer patience.Stop()
	select {
	case err := <-confirmed:
		return err == nil
	case <-patience.C:
		h.silent(&h.held, began)
	}
	return <-confirmed == nil
}
