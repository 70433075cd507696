package page_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"sandbank/bank/page"
)

func TestReady_FollowsTheBanks(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	site := page.New(l, "", slog.New(slog.DiscardHandler))
	var online atomic.Bool
	site.Ready = online.Load
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { site.Run(ctx) })
	defer serving.Wait()
	defer cancel()

	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		response, err := http.Get("http://" + l.Addr().String() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close() != nil || response.StatusCode != want {
			t.Errorf("got %d, want %d", response.StatusCode, want)
		}
		online.Store(true)
	}
	http.DefaultClient.CloseIdleConnections()
}
