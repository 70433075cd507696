package node

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Calm is a handler for logs that writes a repeated warning once a minute, with the number of times
// it came in between. Where a disk is full or a broker is away, every part warns at every try; a
// reader needs one of these lines. Warnings and errors repeat if their message and their "error"
// are the same. A line about a request, which can be looked up by its id, is always kept.
func Calm(h slog.Handler) slog.Handler {
	return calm{h, &troubles{now: time.Now, seen: map[trouble]*tally{}}}
}

// quiet is how long a trouble is counted before it is told again.
const quiet = time.Minute

// trouble is what makes two lines the same.
type trouble struct {
	level   slog.Level
	message string
	err     string
}

// tally is one trouble since it was last told.
type tally struct {
	told  time.Time
	times int
}

// troubles are shared by all handlers that are made of one.
type troubles struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[trouble]*tally
}

type calm struct {
	slog.Handler
	troubles *troubles
}

// Handle implements [slog.Handler].
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	t := trouble{level: r.Level, message: r.Message}
	single := r.Level < slog.LevelWarn
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error":
			t.err = a.Value.String()
		case "request":
			single = true
		}
		return true
	})
	if single || t.err == "" {
		return c.Handler.Handle(ctx, r)
	}
	times, tell := c.troubles.count(t)
	if !tell {
		return nil
	}
	if times > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("repeated", times))
	}
	return c.Handler.Handle(ctx, r)
}

// count counts a trouble, and reports whether it is to be told now, and how often it came untold.
func (s *troubles) count(t trouble) (times int, tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	known := s.seen[t]
	if known != nil && now.Sub(known.told) < quiet {
		known.times++
		return 0, false
	}
	if known != nil {
		times = known.times
	}
	for other, old := range s.seen { // what is over needs no place any more
		if now.Sub(old.told) >= 10*quiet {
			delete(s.seen, other)
		}
	}
	s.seen[t] = &tally{told: now}
	return times, true
}

// WithAttrs implements [slog.Handler].
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.troubles}
}

// WithGroup implements [slog.Handler].
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name), c.troubles} }
