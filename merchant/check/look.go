package check

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// look reads what the order says.
func (t *trial) look(ctx context.Context, o *order) (seen, error) {
	body, err := get(ctx, t.http, o.url)
	if err != nil {
		return seen{}, err
	}
	return t.View.read(body)
}

// watch looks at the order, notes what it says anew, and asks verdict about each look, until it knows or the
// time is over. Then late is the answer.
func (t *trial) watch(ctx context.Context, o *order, long time.Duration, verdict func(seen) (done bool, err error), late func(seen) error) error {
	var last seen
	for until := time.Now().Add(long); ; {
		s, err := t.look(ctx, o)
		if err != nil {
			return err
		}
		if s != last {
			t.note("check", "GET %s says %q", o.url, s.word)
			last = s
		}
		if done, err := verdict(s); done || err != nil {
			return err
		}
		if !time.Now().Before(until) {
			return late(s)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// await waits until the order says one of a group.
func (t *trial) await(ctx context.Context, o *order, want Group, because string) error {
	return t.watch(ctx, o, t.Patience, func(s seen) (bool, error) { return s.group == want, nil }, func(s seen) error {
		return &miss{fmt.Sprintf("order %s is %s, since %s", o.payment.Reference, want, because), fmt.Sprintf("it was %q for %s", s.word, t.Patience)}
	})
}

// settling is how long an order is watched that must not change.
const settling = time.Second

// stays watches that the order never says one of some groups.
func (t *trial) stays(ctx context.Context, o *order, because string, never ...Group) error {
	return t.watch(ctx, o, settling, func(s seen) (bool, error) {
		if slices.Contains(never, s.group) {
			return false, &miss{fmt.Sprintf("order %s is not %s, since %s", o.payment.Reference, s.group, because), fmt.Sprintf("it is %q", s.word)}
		}
		return false, nil
	}, func(seen) error { return nil })
}
