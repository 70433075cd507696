// Package turn has the parts of a system decide one after the other, so that a run can be repeated to
// the byte. While simulated time passes by itself, turns are not taken: which event comes first is a matter
// of chance then. While it stands still, the order of goroutines must not matter: a part that is about to
// decide waits for its turn, until everything that follows from the turn before has happened.
//
//	banks' results ─┐
//	what is due ────┼─▶ Take ─▶ all others are at rest ─▶ decide, commit ─▶ done
//	a command ──────┘
//
// Of the parts that wait, the one of the lowest [Rank] goes first; within one rank, the one that came first.
package turn

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"sandbank/clock"
)

// Rank says who goes first among those that wait.
type Rank int

// The ranks.
const (
	Results Rank = iota // what banks said, all of it at once
	Due                 // what time has to do
	Command             // what somebody asked for
	ranks
)

const (
	look     = 50 * time.Microsecond // between two looks, of the computer's time
	patience = time.Second           // of a command, with what is only on its way to receivers
)

// Table gives out turns. A nil Table gives one to everybody at once.
type Table struct {
	held  func() bool
	parts func() [ranks][]clock.Part
	slow  string // the part for which commands wait no longer than their patience
	sick  func() bool

	mu      sync.Mutex
	taken   bool
	tickets [ranks][]int64
	last    int64
}

// Config is what a table is made of.
type Config struct {
	Held func() bool // whether simulated time stands still
	// Parts are those that have to be at rest before somebody of a rank takes its turn. It is asked when
	// the first turn is taken.
	Parts func(Rank) []clock.Part
	// Slow names the part that may itself wait for a command: a merchant's server that gets a webhook may
	// send a request before it answers.
	Slow string
	// Sick says whether something is broken on purpose, and may not come to rest before a command mends
	// it: then no command waits longer than its patience. Nil is never.
	Sick func() bool
}

// New makes a table.
func New(c Config) *Table {
	if c.Sick == nil {
		c.Sick = func() bool { return false }
	}
	return &Table{held: c.Held, slow: c.Slow, sick: c.Sick, parts: sync.OnceValue(func() (all [ranks][]clock.Part) {
		for r := range ranks {
			all[r] = c.Parts(r)
		}
		return all
	})}
}

// Held reports whether turns are given one at a time now.
func (t *Table) Held() bool { return t != nil && t.held() }

// Take waits for a turn. The caller ends it with done, once or more often. Where time passes by itself,
// or ctx ends, there is nothing to wait for.
func (t *Table) Take(ctx context.Context, r Rank) (done func()) {
	if !t.Held() {
		return func() {}
	}
	ticket := t.queue(r)
	began := clock.Real{}.Now()
	for ctx.Err() == nil && t.held() {
		if t.try(r, ticket, clock.Real{}.Now().Sub(began)) {
			return sync.OnceFunc(t.end)
		}
		_ = clock.Pause(ctx, look)
	}
	t.leave(r, ticket)
	return func() {}
}

func (t *Table) queue(r Rank) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	t.tickets[r] = append(t.tickets[r], t.last)
	return t.last
}

// try takes the turn if it is free, nobody goes first, and the others are at rest.
func (t *Table) try(r Rank, ticket int64, waited time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken || t.tickets[r][0] != ticket {
		return false
	}
	busy := clock.Ask(t.parts()[r]).Part
	if toldFirst := r == Command && waited >= patience && (busy == t.slow || t.sick()); !toldFirst && (busy != "" || t.preceded(r)) {
		return false
	}
	t.taken = true
	t.tickets[r] = t.tickets[r][1:]
	return true
}

// preceded reports whether somebody of a lower rank waits. The caller holds the lock.
func (t *Table) preceded(r Rank) bool {
	for better := range r {
		if len(t.tickets[better]) > 0 {
			return true
		}
	}
	return false
}

func (t *Table) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = false
}

// leave gives up waiting.
func (t *Table) leave(r Rank, ticket int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.tickets[r] {
		if other == ticket {
			t.tickets[r] = append(t.tickets[r][:i], t.tickets[r][i+1:]...)
			return
		}
	}
}

type key struct{}

// Commands has every request that may change something wait for its turn. It ends with the answer, or
// with [Yield]. Except are the beginnings of paths that decide nothing, or bring their own order.
func (t *Table) Commands(next http.Handler, except ...string) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reads(r) || begins(r.URL.Path, except) {
			next.ServeHTTP(w, r)
			return
		}
		done := t.Take(r.Context(), Command)
		defer done()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, done)))
	})
}

// Yield ends the turn of a command that goes on to wait for what follows from it.
func Yield(ctx context.Context) {
	if done, ok := ctx.Value(key{}).(func()); ok {
		done()
	}
}

// reads reports whether a request changes nothing: streams may be opened by POST, too.
func reads(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

func begins(path string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}
