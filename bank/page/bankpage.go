// Package page serves the page on which a simulated bank asks a customer to
// confirm a payment. It looks like another company's page, has an address of its
// own, and sends the customer back to the checkout. For callers on loopback it
// also serves an API that steers the banks.
package page

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"sandbank/bank"
	"sandbank/web/host"
	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// Site serves the page of the banks that run in one process.
type Site struct {
	// Ready decides the answer of GET /readyz, for example whether the banks are
	// online; nil means yes. Set it before Run.
	Ready      func() bool
	names      host.Names
	base       string
	listener   net.Listener
	challenges *bank.Challenges
	server     *http.Server
	log        *slog.Logger
}

// maxConnections is the greatest number of open connections; further ones wait
// to be accepted.
const maxConnections = 1000

// New makes a site on a listener; Run serves it. Base is the URL under which
// customers reach it; "" is the listener's address.
func New(l net.Listener, base string, log *slog.Logger) *Site {
	base = cmp.Or(base, "http://"+l.Addr().String())
	s := &Site{base: base, listener: l, log: log, names: host.Of(base), challenges: bank.NewChallenges(base + "/confirm")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /confirm", s.ask)
	mux.HandleFunc("POST /confirm", s.answer)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /control/{bic}", s.shown)
	mux.HandleFunc("PATCH /control/{bic}", s.steer)
	mux.Handle("GET "+look.Prefix, look.Handler())
	s.server = &http.Server{
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	asked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An answer redirects to the checkout, which has another origin;
		// Chromium applies the form's policy to the redirect as well.
		policy := look.Policy{}
		if q, ok := s.question(r); ok {
			if u, err := url.Parse(q.Request.ReturnURL); err == nil {
				policy.FormTargets = []string{u.Scheme + "://" + u.Host}
			}
		}
		policy.Wrap(mux).ServeHTTP(w, r)
	})
	s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.names.Guard(misdirected, asked).ServeHTTP(w, r)
	})
	return s
}

// Allow adds names, or addresses, under which the site may be asked, besides
// loopback and its own URL; see [host.Of]. Call it before Run.
func (s *Site) Allow(names ...string) { s.names = host.Of(append(names, s.base)...) }

// misdirected answers requests under another name.
func misdirected(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/control/") {
		fail(w, host.Status, host.Message(r)+" "+host.Hint)
		return
	}
	host.Page(w, r)
}

// URL returns the base under which customers reach the site.
func (s *Site) URL() string { return s.base }

// Challenges returns the challenges for the site's banks.
func (s *Site) Challenges() *bank.Challenges { return s.challenges }

// Run serves until ctx ends.
func (s *Site) Run(ctx context.Context) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = s.server.Shutdown(last)
	})
	defer func() {
		if !stop() {
			<-closed
		}
	}()
	if err := s.server.Serve(netutil.LimitListener(s.listener, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("the banks' page ended", "error", err)
	}
}

// ready answers whether the banks are ready. Their page may answer although they
// have not reached the broker.
func (s *Site) ready(w http.ResponseWriter, _ *http.Request) {
	if s.Ready != nil && !s.Ready() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}
