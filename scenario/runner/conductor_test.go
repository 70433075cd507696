package runner

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sky has a clock that a conductor moves, and notes where it went.
type sky struct {
	mu     sync.Mutex
	went   []int  // minutes
	jumped []bool // there
	err    error
}

func at(minute int) time.Time { return time.Date(2026, 1, 5, 9, minute, 0, 0, time.UTC) }

func (s *sky) move(_ context.Context, to time.Time, jump bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.went = append(s.went, to.Minute())
	s.jumped = append(s.jumped, jump)
	return s.err
}

// Time goes to each instant that one waits for, in order, and never while somebody does not wait.
func TestConductor_MovesTimeWhenAllWait(t *testing.T) {
	t.Parallel()
	c, s := NewConductor(), &sky{}
	var all sync.WaitGroup
	for _, stops := range [][]int{{5, 20, 30}, {1, 2, 25}, {}, {20, 40}} {
		leave := c.enter()
		all.Go(func() {
			defer leave()
			for _, m := range stops {
				if err := c.until(t.Context(), at(m), m == stops[0], s.move); err != nil {
					t.Error(err)
				}
				s.mu.Lock()
				now := s.went[len(s.went)-1]
				s.mu.Unlock()
				if now != m {
					t.Errorf("one that waited for minute %d goes on at minute %d", m, now)
				}
			}
		})
	}
	all.Wait()
	if want := []int{1, 2, 5, 20, 25, 30, 40}; !slices.Equal(s.went, want) {
		t.Errorf("time went to %v, expected %v", s.went, want)
	}
	if want := []bool{true, false, false, false, false, false, false}; !slices.Equal(s.jumped, want) {
		t.Errorf("time jumped %v, expected %v: while a scenario is under way, all that is due has to happen", s.jumped, want)
	}
}

// One whose time to run is over holds nobody up, and one that cannot move the clock says so.
func TestConductor_WaitsNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	c, s := NewConductor(), &sky{}
	leaveA, leaveB := c.enter(), c.enter()
	defer leaveA()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.until(over, at(1), false, s.move); !errors.Is(err, context.Canceled) {
		t.Errorf("while another one does not wait: %v", err)
	}
	leaveB()
	if err := c.until(t.Context(), at(2), false, s.move); err != nil || !slices.Equal(s.went, []int{2}) {
		t.Errorf("after the other one left: %v, %v", err, s.went)
	}
	s.err = errors.New("no clock")
	if err := c.until(t.Context(), at(3), false, s.move); !errors.Is(err, s.err) {
		t.Errorf("a clock that does not move: %v", err)
	}
	if len(c.waiting) != 0 {
		t.Errorf("%d wait still", len(c.waiting))
	}
}

// One that waits for a late instant is not overtaken for ever by those that begin and end before it.
func TestConductor_LetsNobodyWaitForAll(t *testing.T) {
	t.Parallel()
	c := NewConductor()
	var all sync.WaitGroup
	late := at(59)
	began, before := atomic.Int64{}, int64(0) // how many short ones have begun, and had when time went to the late instant
	move := func(_ context.Context, to time.Time, _ bool) error {
		if to.Equal(late) {
			before = began.Load()
		}
		return nil
	}
	leaveLate, leaveShort := c.enter(), c.enter()
	all.Go(func() {
		defer leaveLate()
		if err := c.until(t.Context(), late, false, move); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		defer leaveShort()
		for i := range 3 * mostBegun {
			c.begin(t.Context())
			began.Add(1)
			if err := c.until(t.Context(), at(1+i), true, move); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	if before != mostBegun && before != mostBegun+1 { // as many as may, and one that began before it waited
		t.Errorf("%d scenarios began before the one that waited could go on, and %d may", before, mostBegun)
	}
}
