package node

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sandbank/broker"
	"sandbank/broker/wire"
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
	call      chan struct{} // holds one when the banks are to be called
	// callLasts is how long a call waits for a bank that is away, which gives a sign by itself when it comes; 0 for as long as
	// the broker lasts. In the embedded one it would expire in simulated time, and be a due moment of it.
	callLasts time.Duration
	mu        sync.Mutex
	lost      bool // the connection on which banks are heard
	held      bool // the broker takes nothing
}

func newHearing(banks *routing.Directory, c clock.Computer) *hearing {
	return &hearing{banks: banks, clock: c, listening: make(chan struct{}), call: make(chan struct{}, 1)}
}

// connected tells that the queue with the banks' signs of life is consumed. Banks that run already
// are called, so that they are heard before their next sign of life.
func (h *hearing) connected() {
	h.heard(&h.lost)
	h.once.Do(func() { close(h.listening) })
	select {
	case h.call <- struct{}{}:
	default:
	}
}

// deaf reports whether silence means nothing at present.
func (h *hearing) deaf() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost || h.held
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
	callLasts     = time.Minute             // at a broker that stays
)

// probe publishes a message to nowhere, again and again, on a connection of its
// own: whether the broker confirms it shows whether the banks could be heard. When
// they are to be called, the message is their call.
func (h *hearing) probe(ctx context.Context, dial broker.Dialer, log *slog.Logger) {
	publisher := broker.NewPublisher(dial, "processor probe", broker.DeclareExchanges, log)
	defer publisher.Close()
	for calls := false; ctx.Err() == nil; {
		began := h.clock.Now()
		m := broker.Message{Exchange: broker.Requests, ID: "probe", Type: "probe", Body: []byte("{}"), At: began}
		if calls {
			m = called(began, h.callLasts)
		}
		confirmed := make(chan error, 1)
		go func() {
			_, err := publisher.Publish(ctx, []broker.Message{m})
			confirmed <- err
		}()
		if h.answered(confirmed, began) {
			h.heard(&h.held)
			calls = false
		} else if ctx.Err() == nil {
			h.silent(&h.held, began)
		}
		pause := h.clock.NewTimer(probeInterval)
		select {
		case <-h.call:
			calls = true
		case <-pause.C():
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

// called is the message that asks all banks for a sign of life.
func called(at time.Time, lasts time.Duration) broker.Message {
	c := wire.Call{Type: wire.CallType, ID: "call " + at.Format(time.RFC3339Nano), SentAt: at}
	return broker.Message{Exchange: broker.Requests, Key: broker.AllBanks, ID: c.ID, Type: c.Type, Body: wire.Encode(c), At: at, Expires: lasts}
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
