package meter

import "sync"

// other stands for every value that a vocabulary does not know.
const other = "other"

// vocabulary bounds the values of a label: those that it was made with, and, where more is above 0, so many
// of those that it meets first.
type vocabulary struct {
	mu    sync.RWMutex
	known map[string]bool
	more  int
}

func words(more int, known ...string) *vocabulary {
	v := &vocabulary{known: make(map[string]bool, len(known)), more: more}
	for _, k := range known {
		v.known[k] = true
	}
	return v
}

// of is the value itself where the vocabulary knows it, or has room for it.
func (v *vocabulary) of(value string) string {
	v.mu.RLock()
	known := v.known[value]
	v.mu.RUnlock()
	if known {
		return value
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known[value] {
		return value
	}
	if v.more == 0 {
		return other
	}
	v.more--
	v.known[value] = true
	return value
}
