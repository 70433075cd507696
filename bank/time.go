package bank

import (
	"context"
	"time"
)

// patienceForTime is how long a bank that began waits to be told what time it is, of the computer's.
// Nobody tells it where no processor is there, or none that knows of asking.
const patienceForTime = 2 * time.Second

// awaitTime returns when the bank knows by which clock it goes. A bank in a process of its own asks with its
// first sign of life, and until it is told it decides nothing: it holds the requests that wait in its queue.
func (b *Bank) awaitTime(ctx context.Context) {
	if !b.AsksTime {
		return
	}
	select {
	case <-b.timed:
		return
	case <-ctx.Done():
		return
	case <-b.asking:
	}
	patience := time.NewTimer(patienceForTime)
	defer patience.Stop()
	select {
	case <-b.timed:
	case <-ctx.Done():
	case <-patience.C:
		b.Log.Info("nobody says what time it is; the bank goes by the computer's until somebody does", "bank", b.Identifier)
		b.knowsTime()
	}
}

// knowsTime lets the bank decide, from now on.
func (b *Bank) knowsTime() {
	if !b.AsksTime {
		return
	}
	b.toldOnce.Do(func() {
		b.mu.Lock()
		b.started = b.Clock.Now()
		close(b.timed)
		b.mu.Unlock()
		b.unpark()
	})
}

// asks reports whether the bank still waits to be told what time it is.
func (b *Bank) asks() bool {
	if !b.AsksTime {
		return false
	}
	select {
	case <-b.timed:
		return false
	default:
		return true
	}
}
