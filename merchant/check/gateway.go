package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Gateway stands between the merchant's server and Sandbank. It notes what is asked, and can be cut,
// as if the merchant's server had lost its network.
type Gateway struct {
	listener net.Listener
	server   *http.Server
	done     chan struct{}

	mu      sync.Mutex
	cut     bool
	calls   []call
	changed chan struct{} // closed when another call was noted
}

// call is one request of the merchant's server.
type call struct {
	text    string
	path    string
	refused bool
}

// Open opens a gateway to the Sandbank at base, on addr. Trust is for an https:// base; nil trusts the system's
// authorities.
func Open(ctx context.Context, addr, base string, trust *tls.Config) (*Gateway, error) {
	to, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("check: no address for Sandbank: %w", err)
	}
	g := &Gateway{listener: l, done: make(chan struct{}), changed: make(chan struct{})}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.TLSClientConfig = nil, trust
	proxy := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(a *http.Response) error { g.note(a.Request.Method, a.Request.URL, a.Status, false); return nil },
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	g.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.isCut() {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			g.note(r.Method, r.URL, "503, by the outage", true)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() {
		defer close(g.done)
		defer transport.CloseIdleConnections()
		if err := g.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close()
		}
	}()
	return g, nil
}

// URL is where the merchant's server finds Sandbank.
func (g *Gateway) URL() string { return "http://" + g.listener.Addr().String() }

// Close ends it.
func (g *Gateway) Close() {
	_ = g.server.Close() // its listener is closed as well, whatever becomes of connections
	<-g.done
}

func (g *Gateway) isCut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cut
}

// setCut cuts the merchant's server off, or connects it again.
func (g *Gateway) setCut(cut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = cut
}

func (g *Gateway) note(method string, u *url.URL, came string, refused bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, call{text: method + " " + u.Path + " → " + came, path: u.Path, refused: refused})
	close(g.changed)
	g.changed = make(chan struct{})
}

// about lists the calls that name a payment.
func (g *Gateway) about(payment string) (list []call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.calls {
		if strings.Contains(c.path, payment) {
			list = append(list, c)
		}
	}
	return list
}

// awaitRefused waits until a call about a payment was refused, at most until ctx ends.
func (g *Gateway) awaitRefused(ctx context.Context, payment string) bool {
	for {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		for _, c := range g.about(payment) {
			if c.refused {
				return true
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}
