package runner

import (
	"context"
	"errors"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/scenario"
)

// What a scenario waits for others is not counted, however long it is; what it takes itself is.
func TestAllowance_DoesNotCountWaiting(t *testing.T) {
	t.Parallel()
	by := clock.NewManual(at(0))
	ctx, a, stop := allowed(t.Context(), 2*time.Minute, by)
	defer stop()
	by.AwaitTimers(1)
	by.Advance(time.Minute)
	a.pause()
	a.pause() // two branches
	by.Advance(time.Hour)
	a.resume()
	by.Advance(time.Hour)
	a.resume()
	if left, used, _ := a.look(); left != time.Minute || !used || ctx.Err() != nil {
		t.Fatalf("after a minute of its own and two hours of others': %s are left, in use %t, %v", left, used, ctx.Err())
	}
	by.AwaitTimers(1)
	by.Advance(time.Minute)
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), scenario.ErrTooLong) {
		t.Errorf("it ended for %v", context.Cause(ctx))
	}
}

func TestAllowance_WithoutALimit(t *testing.T) {
	t.Parallel()
	ctx, a, stop := allowed(t.Context(), 0, clock.Real{})
	a.pause()
	a.resume()
	stop()
	if ctx.Err() != nil {
		t.Error("a scenario without a limit has ended")
	}
}
