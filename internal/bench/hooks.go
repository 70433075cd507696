package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/processor"
	"sandbank/secret"
	"sandbank/store/sqlite"
	"sandbank/webhook"
)

// hooksPerRound is how many webhooks are delivered to measure their rate.
const hooksPerRound = 5000

// counted is a store that reports when a number of tries is recorded.
type counted struct {
	webhook.Store
	left int // only the recorder counts
	done chan struct{}
}

// Record implements [webhook.Store].
func (c *counted) Record(ctx context.Context, tried []webhook.Tried) error {
	err := c.Store.Record(ctx, tried)
	if c.left -= len(tried); c.left == 0 {
		close(c.done)
	}
	return err
}

// hooks measures webhooks delivered per second: signed, posted to a receiver on
// loopback, and recorded in SQLite in a file.
func hooks(ctx context.Context) (perSecond float64, err error) {
	folder, err := os.MkdirTemp("", "sandbank-hooks-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	disk, err := sqlite.Open(ctx, folder)
	if err != nil {
		return 0, err
	}
	defer func() { _ = disk.Close() }()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer receiver.Close()
	list, err := committed(ctx, disk, receiver.URL)
	if err != nil {
		return 0, err
	}
	store := &counted{Store: disk, left: len(list), done: make(chan struct{})}
	sender := webhook.NewSender(func(netip.AddrPort) error { return nil }, clock.Real{})
	defer sender.Close()
	deliverer := webhook.NewDeliverer(store, sender.Send, clock.Following{}, clock.Real{}, webhook.Spreader(0), slog.New(slog.DiscardHandler))
	working, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); deliverer.Run(working, time.Second) }()
	defer func() { stop(); <-ended }()
	began := time.Now()
	deliverer.Offer(list)
	select {
	case <-store.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	perSecond = float64(len(list)) / time.Since(began).Seconds()
	if n, err := disk.PendingDeliveries(ctx); err != nil || n > 0 {
		return 0, fmt.Errorf("%d webhooks were not delivered: %w", n, err)
	}
	return perSecond, nil
}

// committed keeps events with a delivery each, as captures leave them.
func committed(ctx context.Context, disk *sqlite.Store, url string) (list []webhook.Delivery, err error) {
	luck, now := chance.Crypto(), time.Now().UTC()
	e := webhook.Endpoint{
		ID: luck.ID("whe", now), Merchant: "bench", URL: url, Enabled: true, CreatedAt: now,
		Keys: webhook.Keys{Secret: secret.Kept(webhook.Secret(chance.Secret(32))), Key: secret.Kept(webhook.NewKey(chance.Secret(32)))},
	}
	if err := disk.AddEndpoint(ctx, e); err != nil {
		return nil, err
	}
	var done *processor.Work
	err = disk.Commit(ctx, processor.Load{}, func(w *processor.Work) error {
		for i := range hooksPerRound {
			w.Events = append(w.Events, event.Event{
				ID: luck.ID("evt", now), Type: "payment.captured", Merchant: "bench", Payment: luck.ID("pay", now), At: now, Data: sample,
			})
			w.Deliveries = append(w.Deliveries, processor.Delivery{ID: luck.ID("del", now), Event: i, Endpoint: e, NextAt: now})
		}
		done = w
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range done.Deliveries {
		list = append(list, webhook.Delivery{ID: d.ID, Endpoint: e, Event: done.Events[d.Event], Status: webhook.DeliveryPending, NextAt: d.NextAt})
	}
	return list, nil
}

// sample is about as long as a payment is.
var sample = fmt.Appendf(nil, `{"id":"pay_01890a5d-ac96-774b-bcce-b302099a8057","status":"captured","filler":%q}`, strings.Repeat("x", 600))
