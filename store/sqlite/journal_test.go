package sqlite

import (
	"testing"

	"modernc.org/libc"
)

// A chunk that was freed is the next one that is allocated; anything else, and what is more than is kept, goes to the driver.
func TestChunks_AreKeptForTheNextCommit(t *testing.T) {
	sizes, freed, next := map[uintptr]int32{}, 0, uintptr(8)
	c := &chunks{
		driverMalloc: func(_ *libc.TLS, n int32) uintptr { next += 8; sizes[next] = n; return next },
		driverFree:   func(*libc.TLS, uintptr) { freed++ },
		driverSize:   func(_ *libc.TLS, p uintptr) int32 { return sizes[p] },
	}
	one, other := c.take(nil, chunkSize), c.take(nil, chunkSize+1)
	c.give(nil, one)
	c.give(nil, other)
	c.give(nil, 0)
	if freed != 2 {
		t.Errorf("the driver freed %d, expected the one that is no chunk and the one that is nothing", freed)
	}
	if again := c.take(nil, chunkSize+1); again == one {
		t.Error("a kept chunk was allocated for something larger")
	}
	if again := c.take(nil, chunkSize); again != one {
		t.Errorf("the chunk %d was kept, and %d allocated", one, again)
	}
	if again := c.take(nil, chunkSize); again == one {
		t.Error("a chunk was allocated twice")
	}
	freed = 0
	for range maxChunks + 3 {
		next += 8
		sizes[next] = chunkSize
		c.give(nil, next)
	}
	if freed != 3 || len(c.free) != maxChunks {
		t.Errorf("%d chunks are kept and %d freed, expected %d and 3", len(c.free), freed, maxChunks)
	}
}

// SQLite does use them: a commit in memory leaves its journal for the next one.
func TestChunks_AreThoseOfCommits(t *testing.T) {
	s, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Ping(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	journal.mu.Lock()
	defer journal.mu.Unlock()
	if len(journal.free) == 0 {
		t.Error("a commit's journal was given back to the system")
	}
}
