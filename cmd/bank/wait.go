package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"sandbank/broker"
	"sandbank/clock"
)

// reminder is how often is said what is waited for.
const reminder = 30 * time.Second

// wait is the wait for the broker at the start. A broker that goes away later is
// the banks' own affair: they say so, and connect again.
type wait struct {
	clock    clock.Computer
	patience time.Duration // 0 is for ever
	broker   string
	of       int         // banks
	early    func() bool // whether the broker answers, and no processor has been there yet; nil for never
	words    io.Writer
}

// run says every half a minute how many banks are still to come online once the first has, and is an
// error when none has within the patience.
func (w wait) run(ctx context.Context, online func() int) error {
	for began := w.clock.Now(); ; {
		next := reminder
		if w.patience > 0 && w.clock.Now().Sub(began) < w.patience {
			next = min(next, w.patience-w.clock.Now().Sub(began))
		}
		if clock.Sleep(ctx, w.clock, next) != nil {
			return nil
		}
		missing, span := w.of-online(), w.clock.Now().Sub(began).Round(time.Second)
		switch {
		case missing == 0:
			return nil
		case missing == w.of && w.patience > 0 && span >= w.patience && w.early != nil && w.early():
			return fmt.Errorf("no bank could go online within %s: no processor has been at the broker at %s; start one", span, w.broker)
		case missing == w.of && w.patience > 0 && span >= w.patience:
			return fmt.Errorf("no bank could go online within %s: the broker at %s cannot be reached; start it, or name another by --amqp-url", span, w.broker)
		}
		if missing == w.of {
			continue // that was said once, with what to do
		}
		_, _ = fmt.Fprintf(w.words, "bank: %d of %d banks are not online after %s; still trying the broker at %s\n", missing, w.of, span, w.broker)
	}
}

// brokerAddress is where the broker's nodes are, without a password.
func (c config) brokerAddress() string {
	return cmp.Or(broker.Hosts(c.AMQPURL), "--amqp-url")
}
