package clock

import (
	"maps"
	"sync"
)

// Tally counts what has happened, by kind. It is safe for concurrent use.
type Tally struct {
	mu sync.Mutex
	n  map[string]int
}

// Add counts something that happened.
func (t *Tally) Add(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int{}
	}
	t.n[kind]++
}

// All is what was counted so far.
func (t *Tally) All() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.n)
}
