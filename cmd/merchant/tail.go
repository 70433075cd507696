package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sandbank/clock"
	"sandbank/merchant/client"
)

// bounds say when a tail ends.
type bounds struct {
	Count   int           `placeholder:"N" help:"End after so many lines. Default: go on."`
	Timeout time.Duration `placeholder:"30s" help:"End after so long, with exit code 5 where --until or --count is not reached. Default: go on until Ctrl-C."`
	GiveUp  time.Duration `default:"10m" help:"How long the processor may be away before this ends; 0 is for ever."`
}

// Validate refuses what makes no sense.
func (b *bounds) Validate() error {
	var faults []error
	if b.Count < 0 {
		faults = append(faults, fmt.Errorf("--count %d: must be 0 or more", b.Count))
	}
	if b.Timeout < 0 || b.GiveUp < 0 {
		faults = append(faults, fmt.Errorf("--timeout %s, --give-up %s: must be 0 or more", b.Timeout, b.GiveUp))
	}
	return errors.Join(faults...)
}

// limit is the context of a tail.
func (b *bounds) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, b.Timeout)
}

// follow asks until next says that it has come to its end. While the processor is away it asks again, says so
// once, and gives up after a while. A person's Ctrl-C is no error.
func (b *bounds) follow(ctx context.Context, words io.Writer, until string, next func(context.Context) (ended bool, err error)) error {
	limited, cancel := b.limit(ctx)
	defer cancel()
	wall := clock.Computer(clock.Real{})
	var gone time.Time
	for {
		ended, err := next(limited)
		switch {
		case limited.Err() != nil && ctx.Err() != nil:
			return nil
		case limited.Err() != nil && !ended && (until != "" || b.Count > 0):
			return &exitError{exitTimedOut, fmt.Errorf("--timeout %s is over%s", b.Timeout, after(", and nothing was ", until))}
		case ended:
			return err
		case limited.Err() != nil:
			return nil // as long as was asked for
		case err == nil:
			gone = time.Time{}
			continue
		case !client.Temporary(err):
			return err
		}
		if now := wall.Now(); gone.IsZero() {
			gone = now
			_, _ = fmt.Fprintf(words, "The processor is away (%v). Still asking.\n", err)
		} else if b.GiveUp > 0 && now.Sub(gone) >= b.GiveUp {
			return fmt.Errorf("the processor has been away for %s: %w", now.Sub(gone).Round(time.Second), err)
		}
		_ = clock.Sleep(limited, wall, askAgain)
	}
}
