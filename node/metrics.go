package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sandbank/node/lifecycle"
	"sandbank/web/host"
)

// MeterServer is the part of a program that answers /metrics, and nothing else, at an address of its own: for banks
// and shops, whose other address is for customers. It answers under loopback names and the address itself.
func MeterServer(ctx context.Context, addr string, meters http.Handler, log *slog.Logger) (lifecycle.Part, net.Addr, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return lifecycle.Part{}, nil, fmt.Errorf("--metrics-addr %s: %w; choose another port (port 0 takes a free one)", addr, err)
	}
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", meters)
	server := &http.Server{
		Handler: host.Of(addr).Guard(host.Page, routes), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return lifecycle.Part{
		Name: "meters",
		Run: func(context.Context) {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				log.Error("the server of the meters ended", "error", err)
			}
		},
		Stop:  func(ctx context.Context) { shut(ctx, server) },
		Close: closed(l),
	}, l.Addr(), nil
}
