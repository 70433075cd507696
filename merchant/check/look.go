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

// await waits until the order says one of a group.
func (t *trial) await(ctx context.Context, o *order, want Group, because string) error {
	var last seen
	for until := time.Now().Add(t.Patience); ; {
		s, err := t.look(ctx, o)
		if err != nil {
			return err
		}
		if s != last {
			t.note("check", "GET %s says %q", o.url, s.word)
			last = s
		}
		if s.group == want {
			return nil
		}
		if !time.Now().Before(until) {
			return &miss{fmt.Sprintf("order %s is %s, since %s", o.payment.Reference, want, because), fmt.Sprintf("it was %q for %s", s.word, t.Patience)}
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// settling is how long an order is watched that must not change.
const settling = time.Second

// stays watches that the order never says one of some groups.
func (t *trial) stays(ctx context.Context, o *order, because string, never ...Group) error {
	var last seen
	for until := time.Now().Add(settling); ; {
		s, err := t.look(ctx, o)
		if err != nil {
			return err
		}
		if s != last {
			t.note("check", "GET %s says %q", o.url, s.word)
			last = s
		}
		if slices.Contains(never, s.group) {
			return &miss{fmt.Sprintf("order %s is not %s, since %s", o.payment.Reference, s.group, because), fmt.Sprintf("it is %q", s.word)}
		}
		if !time.Now().Before(until) {
			return nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}
