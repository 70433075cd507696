package turn

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"sandbank/clock"
)

// table is a table whose one part is busy while it is told so.
func table(busy *atomic.Bool, name string) *Table {
	return New(Config{
		Held: func() bool { return true }, Slow: "slow",
		Parts: func(Rank) []clock.Part {
			return []clock.Part{{Name: name, Look: func() (l clock.Look) {
				if busy.Load() {
					l.Busy = "at it"
				}
				return l
			}}}
		},
	})
}

func TestTake_WaitsUntilTheOthersAreAtRest(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	tab := table(&busy, "bank")
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		tab.Take(t.Context(), Due)()
		if busy.Load() {
			t.Error("the turn was taken while the bank was at work")
		}
	}()
	busy.Store(false)
	<-taken
}

// Whoever waits with a lower rank goes first, though he came later.
func TestTake_LowerRanksGoFirst(t *testing.T) {
	var busy atomic.Bool
	tab := table(&busy, "bank")
	end := tab.Take(t.Context(), Command)
	order := make(chan Rank, 2)
	wait := func(r Rank) {
		done := tab.Take(t.Context(), r)
		order <- r
		done()
	}
	waiting := func(r Rank) bool {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		return len(tab.tickets[r]) > 0
	}
	for _, r := range []Rank{Command, Results} {
		go wait(r)
		for !waiting(r) {
			if t.Context().Err() != nil {
				t.Fatal("nobody waits")
			}
		}
	}
	end()
	end() // once more does nothing
	if first, second := <-order, <-order; first != Results || second != Command {
		t.Errorf("the ranks %d and %d followed one another, not %d and %d", first, second, Results, Command)
	}
}

// A command does not wait for ever for a receiver that waits for it.
func TestTake_ACommandOutwaitsReceivers(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	tab := table(&busy, "slow")
	tab.Take(t.Context(), Command)()
}

// What a fault keeps from its rest may need a command to mend it.
func TestTake_ACommandOutwaitsWhatIsBrokenOnPurpose(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	tab := table(&busy, "broker")
	tab.sick = func() bool { return true }
	tab.Take(t.Context(), Command)()
	if !busy.Load() || len(tab.tickets[Command]) != 0 {
		t.Error("a command did not take its turn while the broker was cut off")
	}
}

func TestTake_EndsWithItsContext(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	tab := table(&busy, "bank")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tab.Take(ctx, Results)()
	busy.Store(false)
	tab.Take(t.Context(), Command)() // nobody is left waiting before it
}

func TestTake_CostsNothingWithoutATable(t *testing.T) {
	var none *Table
	none.Take(t.Context(), Command)()
	if none.Held() {
		t.Error("no table gives turns")
	}
}

func TestCommands_TakeATurnAndYieldIt(t *testing.T) {
	var busy atomic.Bool
	tab := table(&busy, "bank")
	taken := func() bool {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		return tab.taken
	}
	h := tab.Commands(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := taken()
		Yield(r.Context())
		w.Header().Set("before", map[bool]string{true: "taken"}[before])
		if before && taken() {
			t.Error("a command that yields keeps its turn")
		}
	}), "/free/")
	for request, want := range map[*http.Request]string{
		httptest.NewRequestWithContext(t.Context(), "POST", "/v1/payments", nil): "taken",
		httptest.NewRequestWithContext(t.Context(), "GET", "/v1/payments", nil):  "",
		httptest.NewRequestWithContext(t.Context(), "POST", "/free/it", nil):     "",
	} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, request); w.Header().Get("before") != want {
			t.Errorf("%s %s has a turn: %q, not %q", request.Method, request.URL.Path, w.Header().Get("before"), want)
		}
		if taken() {
			t.Errorf("%s %s keeps its turn after the answer", request.Method, request.URL.Path)
		}
	}
}
