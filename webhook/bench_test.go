package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"sandbank/clock"
)

// BenchmarkDeliverer delivers signed webhooks to a receiver on loopback, with a
// store in memory; the bench command measures the same with a store on disk.
func BenchmarkDeliverer(b *testing.B) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	defer receiver.Close()
	s := newShelf()
	sender := NewSender(func(netip.AddrPort) error { return nil }, clock.Real{})
	defer sender.Close()
	d := NewDeliverer(s, sender.Send, clock.Following{}, clock.Real{}, Spreader(0), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx, time.Second) }()
	defer func() { stop(); <-ended }()
	e := shop
	e.URL = receiver.URL
	list := s.add(e, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for len(list) > 0 {
		n := min(len(list), 1000)
		d.Offer(list[:n])
		for range n {
			<-s.recorded
		}
		list = list[n:]
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
