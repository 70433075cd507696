package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sandbank/merchant/client"
)

// onPurpose reports whether an attempt never reached the merchant's server.
func onPurpose(a client.DeliveryAttempt) bool { return strings.Contains(a.Error, "on purpose") }

// deliveries visits every try of every webhook since the check began.
func (e *exam) deliveries(ctx context.Context, visit func(client.Delivery, client.DeliveryAttempt)) error {
	have, err := e.speech.hooks(ctx)
	if err != nil {
		return err
	}
	for _, w := range have {
		if err := e.deliveriesTo(ctx, w.ID, visit); err != nil {
			return err
		}
	}
	return nil
}

func (e *exam) deliveriesTo(ctx context.Context, endpoint string, visit func(client.Delivery, client.DeliveryAttempt)) error {
	for cursor := ""; ; {
		page, err := e.API.Deliveries(ctx, endpoint, cursor)
		if err != nil {
			return err
		}
		if len(page.Data) > 0 && newest(page.Data) <= e.before {
			return nil // the newest come first
		}
		for _, d := range page.Data {
			if d.Sequence <= e.before {
				continue
			}
			whole, err := e.API.Delivery(ctx, endpoint, d.ID)
			if err != nil {
				return err
			}
			for _, a := range whole.Attempts {
				visit(whole, a)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}

// newest is the greatest sequence of deliveries; 0 where there are none.
func newest(list []client.Delivery) (n int64) {
	for _, d := range list {
		n = max(n, d.Sequence)
	}
	return n
}

// evidence adds to the trials what Sandbank sent, and what the merchant's server asked.
func (e *exam) evidence(ctx context.Context, trials []*trial) error {
	owner := map[string]*trial{}
	for _, t := range trials {
		for _, name := range slices.Sorted(maps.Keys(t.orders)) {
			for _, id := range e.speech.names(t.orders[name].payment.ID) {
				owner[id] = t
				if e.Gateway != nil {
					t.calls = append(t.calls, counted(e.Gateway.about(id))...)
				}
			}
		}
	}
	err := e.deliveries(ctx, func(d client.Delivery, a client.DeliveryAttempt) {
		for id, t := range owner {
			if strings.Contains(a.Request.Body, id) {
				t.told = append(t.told, Told{a.At.Sub(e.start).Seconds(), d.EventType, came(a)})
			}
		}
	})
	for _, t := range trials {
		slices.SortStableFunc(t.told, func(a, b Told) int { return cmp.Compare(a.Seconds, b.Seconds) })
	}
	return err
}

// counted lists calls, each once and with how often it was made.
func counted(calls []call) (list []Asked) {
	for _, c := range calls {
		i := slices.IndexFunc(list, func(a Asked) bool { return a.Text == c.text })
		if i < 0 {
			i, list = len(list), append(list, Asked{Text: c.text})
		}
		list[i].Times++
	}
	return list
}

// came is how a try was answered, in words.
func came(a client.DeliveryAttempt) string {
	if a.Response == nil {
		return a.Error
	}
	return fmt.Sprintf("%d in %s", a.Response.Status, time.Duration(a.Seconds*float64(time.Second)).Round(time.Millisecond))
}
