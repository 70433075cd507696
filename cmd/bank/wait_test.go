package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
)

// said hands over what is written, a line at a time.
type said chan string

func (s said) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}

func TestWait_SaysWhatForAndEnds(t *testing.T) {
	hand, words, ended := clock.NewManual(time.Now()), make(said), make(chan error, 1)
	w := wait{clock: hand, patience: 80 * time.Second, broker: "127.0.0.1:1", of: 3, words: words}
	go func() { ended <- w.run(t.Context(), func() int { return 0 }) }()
	for range 3 { // no word in between: nobody reads what is written, so that it would not go on
		hand.AwaitTimers(1)
		hand.Advance(reminder)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "no bank could go online within 1m30s") || !strings.Contains(err.Error(), "--amqp-url") {
		t.Errorf("it ended with %v", err)
	}
}

func TestWait_SaysWhichAreMissing(t *testing.T) {
	hand, words, ended := clock.NewManual(time.Now()), make(said), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	w := wait{clock: hand, patience: 80 * time.Second, broker: "127.0.0.1:1", of: 3, words: words}
	go func() { ended <- w.run(ctx, func() int { return 1 }) }()
	for _, want := range []string{"after 30s", "after 1m0s"} {
		hand.AwaitTimers(1)
		hand.Advance(reminder)
		if line := <-words; !strings.Contains(line, "2 of 3 banks are not online "+want) || !strings.Contains(line, "127.0.0.1:1") {
			t.Errorf("one bank of three is online: it says %q", line)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("told to end: %v", err)
	}
}

func TestWait_EndsInSilence(t *testing.T) {
	hand := clock.NewManual(time.Now())
	ended := make(chan error, 1)
	go func() { ended <- wait{clock: hand, of: 1}.run(t.Context(), func() int { return 1 }) }()
	hand.AwaitTimers(1)
	hand.Advance(reminder)
	if err := <-ended; err != nil {
		t.Errorf("all banks are online: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (wait{clock: hand, of: 1}).run(ctx, nil); err != nil {
		t.Errorf("told to end: %v", err)
	}
}
