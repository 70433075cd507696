package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"sandbank/fault"
	"sandbank/hostedpage"
	"sandbank/node/lifecycle"
	"sandbank/web/gate"
	"sandbank/web/host"
	"sandbank/web/look"
)

// serverParts are what all routes have before them, and the parts that end their streams.
func (n *life) serverParts() {
	names := host.Of(append(n.hosts(), n.base)...)
	routes := n.turns.Commands(n.routes, "/sim/clock", "/oauth/")
	n.handler = n.strict(n.front.Under(names, gate.Shared(n.tokens.CallsFrom, n.front.Guard(routes))))
	n.redirected = n.front.Under(names, n.front.Guard(n.front.Plain()))
	n.routeStripe(names)
	n.parts.Add(
		lifecycle.Part{Name: "tokens", Needs: []string{"store"}, Run: n.tokens.Run},
		lifecycle.Part{
			Name: "streams", Needs: []string{"processor", "feed", "trail"},
			Stop: func(ctx context.Context) {
				n.endAllStreams()
				select { // connections that were taken over from the server are not waited for there
				case <-n.seats.Close():
				case <-ctx.Done():
				}
			},
			Close: func() error { n.endStreams(); return nil },
		},
	)
}

// endAllStreams ends what may stay open for long: streams, and requests that wait.
func (n *life) endAllStreams() {
	n.seats.Close()
	n.streamServer.Close()
	n.graph.Close()
	n.endStreams()
}

// serve makes the servers, whose requests pass the door. They begin after everything else, since a request
// may wait for a bank's answer, and end before it.
func (n *Node) serve() {
	n.server = &http.Server{
		Handler: &n.door, TLSConfig: n.encryption.server.Clone(),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 90 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	first := n.life // lives follow one another while the servers run
	n.outside.Add(lifecycle.Part{
		Name: "http", Needs: []string{"listener"},
		Run: first.serving("the HTTP server", func() error {
			if first.encryption.server != nil {
				return n.server.ServeTLS(first.bounded(first.listener), "", "")
			}
			return n.server.Serve(first.bounded(first.listener))
		}),
		Stop: func(ctx context.Context) {
			ctx, cancel := mostOf(ctx)
			defer cancel()
			n.door.present().endAllStreams()
			shut(ctx, n.server)
		},
	})
	n.serveStripe()
	if n.plain == nil {
		return
	}
	redirect := &http.Server{
		Handler: http.HandlerFunc(n.door.redirect), ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: n.server.ErrorLog,
	}
	n.outside.Add(lifecycle.Part{
		Name: "redirect", Needs: []string{"plain listener", "http"},
		Run: first.serving("the HTTP server that leads to HTTPS", func() error { return redirect.Serve(first.bounded(first.plain)) }),
		Stop: func(ctx context.Context) {
			ctx, cancel := mostOf(ctx)
			defer cancel()
			shut(ctx, redirect)
		},
	})
}

// hosts are the host names that every server of this node accepts, besides the names of loopback.
func (n *life) hosts() []string {
	list := append([]string{n.config.HTTP.Addr}, n.config.HTTP.AllowHosts...)
	if n.stripe != nil {
		list = append(list, n.stripe.Addr().String())
	}
	return list
}

// serving is a run that serves until its server is told to end.
func (n *life) serving(what string, serve func() error) func(context.Context) {
	return func(context.Context) {
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error(what+" ended", "error", err)
		}
	}
}

// mostOf leaves a fifth of the time for the parts that end later.
func mostOf(ctx context.Context) (context.Context, context.CancelFunc) {
	patience := 4 * time.Second
	if until, bounded := ctx.Deadline(); bounded {
		patience = time.Until(until) * 4 / 5
	}
	return context.WithTimeout(ctx, patience)
}

// shut ends a server: politely while ctx lasts, then at once.
func shut(ctx context.Context, server *http.Server) {
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// bounded is a listener with a bounded number of connections at a time.
func (n *life) bounded(l net.Listener) net.Listener {
	return netutil.LimitListener(l, n.config.HTTP.MaxConnections)
}

// refusalPage shows a person the refusal that a program gets as a problem.
func refusalPage(w http.ResponseWriter, r *http.Request, f *fault.Error, status int) {
	look.SecureHeaders(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refused(w, f, status) })).ServeHTTP(w, r)
}

func refused(w http.ResponseWriter, f *fault.Error, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	view := hostedpage.ProblemView{Title: "This cannot be shown", Text: f.Message + " " + f.Hint}
	if status == http.StatusNotFound {
		view.Title, view.RetryURL, view.RetryLabel = "There is nothing here", "/", "To the payments"
	}
	if after := w.Header().Get("Retry-After"); after != "" {
		view = hostedpage.ProblemView{Title: "One moment, please", Text: "More was asked for from your address than this page takes at once. Wait " + after +
			" seconds, then reload the page. Nothing was done by this step."}
	}
	_ = hostedpage.RenderProblem(w, view)
}
