// Package patience keeps an example from waiting in silence: it says what is
// waited for and how to get on, and gives up after a while. patience.mjs beside it
// does the same in Node.
package patience

import (
	"flag"
	"fmt"
	"io"
	"time"
)

// Wait is what an example waits for.
type Wait struct {
	What string // such as "an event of demo-shop"
	Hint string // what its reader may do about it
	// Brief is a wait for an answer to a connection: a minute at most.
	Brief bool
}

const (
	firstWord = 10 * time.Second
	nextWord  = time.Minute
	brief     = time.Minute
)

// Flag declares --give-up; what it returns is read after flag.Parse.
func Flag() *int {
	return flag.Int("give-up", 600, "seconds to wait for an event; 0 is for ever")
}

// Watch is told what is waited for.
type Watch struct{ waits chan Wait }

// For begins a wait. A wait that is already under way goes on.
func (w *Watch) For(next Wait) { w.waits <- next }

// Heard ends the wait; the same one begins anew.
func (w *Watch) Heard() { w.waits <- Wait{} }

// Run runs an example until it ends, or until one of its waits has lasted for so
// many seconds; 0 is for ever. Where it gives up the example is left as it is,
// since not every library's wait can be ended: the program ends after this.
func Run(giveUp int, words io.Writer, example func(*Watch) error) error {
	w, ended := &Watch{waits: make(chan Wait)}, make(chan error, 1)
	go func() { ended <- example(w) }()
	var now Wait
	var began time.Time
	timer := time.NewTimer(0)
	timer.Stop() // until something is waited for
	defer timer.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case next := <-w.waits:
			if next == now {
				continue
			}
			if next != (Wait{}) {
				now = next
			}
			began = time.Now()
			timer.Reset(pause(0, now.bound(giveUp)))
		case <-timer.C:
			waited, bound := time.Since(began), now.bound(giveUp)
			if bound > 0 && waited >= bound {
				return fmt.Errorf("gave up waiting for %s after %s; %s", now.What, waited.Round(time.Second), now.Hint)
			}
			_, _ = fmt.Fprintf(words, "waiting for %s, for %s now; %s\n", now.What, waited.Round(time.Second), now.Hint)
			timer.Reset(pause(waited, bound))
		}
	}
}

// bound is how long a wait may last; 0 is for ever.
func (w Wait) bound(giveUp int) time.Duration {
	bound := time.Duration(giveUp) * time.Second
	if w.Brief && bound > 0 {
		return min(bound, brief)
	}
	return bound
}

// pause is how long until the next word, or until the end. The first word comes
// before the end, however short the wait.
func pause(waited, bound time.Duration) time.Duration {
	word := nextWord
	if waited == 0 {
		word = firstWord
		if bound > 0 {
			word = min(word, bound/2)
		}
	}
	if bound > 0 {
		return min(word, bound-waited)
	}
	return word
}
