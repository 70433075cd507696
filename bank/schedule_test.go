package bank

import (
	"context"
	"slices"
	"testing"
	"time"
)

// Work of one moment is done in the order in which it was added, and ended work is not done.
func TestSchedule_DoesWhatIsDueInOneOrder(t *testing.T) {
	var s schedule
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ended, end := context.WithCancel(t.Context())
	var done []int
	put := func(ctx context.Context, after time.Duration, n int) bool {
		return s.add(ctx, noon.Add(after), func() { done = append(done, n) })
	}
	if first := put(t.Context(), time.Minute, 4); !first {
		t.Error("nothing else waits, and the moment is not the first")
	}
	for n := 1; n <= 3; n++ {
		put(t.Context(), 0, n)
	}
	put(ended, 0, 99)
	put(t.Context(), time.Hour, 5)
	end()
	if at, some := s.next(); !some || !at.Equal(noon) {
		t.Errorf("the next moment is %s, %v, not %s", at, some, noon)
	}
	if s.run(noon.Add(-time.Second)) {
		t.Error("something was done before its time")
	}
	if !s.run(noon.Add(time.Minute)) || !slices.Equal(done, []int{1, 2, 3, 4}) {
		t.Errorf("done is %v, not 1 to 4", done)
	}
	if at, some := s.next(); !some || !at.Equal(noon.Add(time.Hour)) {
		t.Errorf("then the next moment is %s, %v", at, some)
	}
}
