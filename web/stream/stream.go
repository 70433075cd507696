// Package stream tells a merchant its events as they happen, over server-sent
// events and over WebSocket. Both carry the body that a webhook has, byte for
// byte; both begin where the caller left off, and say so where they cannot.
//
//	feed ─▶ listener ─┬─▶ frames of text/event-stream   GET /v1/events/stream
//	                  └─▶ text frames                   GET /v1/events/ws
//
// A stream is a cursor into the feed and one writer. A reader that takes
// nothing is dropped, and comes back to where it was; nobody waits for it.
package stream

import (
	"context"
	"net/http"
	"time"

	"sandbank/clock"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

// Payments finds a merchant's own payment.
type Payments interface {
	OwnPayment(ctx context.Context, merchant, id string) (payment.Payment, error)
}

// Config is what streams need. Zero durations mean the usual ones.
type Config struct {
	Feed     *feed.Feed
	Seats    *feed.Seats
	Payments Payments
	Clock    clock.Computer
	Public   string // base URL of the server, of whose pages a WebSocket may come
	// Watch calls ended once the token counts no more; nil where none is ever taken back.
	Watch     func(token string, ended func()) (stop func())
	Heartbeat time.Duration // how often a silent stream shows that it lives
	Patience  time.Duration // how long a reader may take nothing
}

const (
	usualHeartbeat = 15 * time.Second
	usualPatience  = 10 * time.Second
)

// Server answers the routes of [Server.Routes].
type Server struct {
	Config
	ctx context.Context // ends with Close
	end context.CancelFunc
}

// New makes a server. Close ends its streams.
func New(c Config) *Server {
	if c.Heartbeat == 0 {
		c.Heartbeat = usualHeartbeat
	}
	if c.Patience == 0 {
		c.Patience = usualPatience
	}
	s := &Server{Config: c}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// Close tells every stream to end, and begins no new one. The owner of the seats
// waits for them.
func (s *Server) Close() { s.end() }

// Routes lists the routes without a server behind them.
func Routes() []gate.Route { return (*Server)(nil).Routes() }

// Routes are the streams'.
func (s *Server) Routes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodGet, Path: "/v1/events/stream", Query: places, Needs: identity.ReadEvents, Handle: s.serveEvents, Endless: true},
		{Method: http.MethodGet, Path: "/v1/events/ws", Query: places, Needs: identity.ReadEvents, Handle: s.serveSocket, Endless: true},
	}
}

// places are the query parameters of a stream: where to begin, and what to hear.
var places = []string{"after", "last_event_id", "payment", "types"}

// Notice is a message of the stream itself; its type has no dot, unlike an
// event's.
type Notice struct {
	Type         string `json:"type"`
	Reason       string `json:"reason,omitempty"`
	LastSequence int64  `json:"last_sequence"`
}

// The types of notices.
const (
	Ready   = "ready"   // it goes on after last_sequence
	Reset   = "reset"   // it cannot go on where it was asked to, and does so after last_sequence
	Revoked = "revoked" // it ends after last_sequence, since its token was revoked
)

// session is one open stream.
type session struct {
	*feed.Listener
	server *Server
	caller identity.Principal
	leave  func()
	ctx    context.Context // ends with the request and with the server
	stop   func()
}

// open checks the request and begins to listen. Nothing is answered yet.
func (s *Server) open(r *http.Request, caller identity.Principal) (*session, error) {
	from, filter, err := s.read(r, caller)
	if err != nil {
		return nil, err
	}
	leave, err := s.Seats.Take(caller.Merchant.ID)
	if err != nil {
		return nil, err
	}
	l, err := s.Feed.Open(r.Context(), caller.Merchant.ID, from)
	if err != nil {
		leave()
		return nil, feed.Refused(err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	unlink := context.AfterFunc(s.ctx, cancel)
	return &session{
		Listener: l.Only(filter), server: s, caller: caller, leave: leave, ctx: ctx,
		stop: func() { unlink(); cancel() },
	}, nil
}

// read reads the place and the filter. The place that a client sends when it
// reconnects goes before the one in its URL, which stays as it was.
func (s *Server) read(r *http.Request, caller identity.Principal) (feed.From, feed.Filter, error) {
	q := gate.Query(r)
	problem := fault.New(fault.Invalid, "query_invalid", "The query is not right.")
	from := feed.ReadPlace(problem, "after", q.Get("after"))
	if last := q.Get("last_event_id"); last != "" {
		from = feed.ReadPlace(problem, "last_event_id", last)
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		from = feed.ReadPlace(problem, "Last-Event-ID", last)
	}
	filter := feed.Filter{Payment: q.Get("payment"), Types: feed.SplitTypes(q.Get("types"))}
	form.CheckTypes(problem, "types", filter.Types)
	if len(problem.Fields) > 0 {
		return from, filter, problem
	}
	if filter.Payment != "" {
		if _, err := s.Payments.OwnPayment(r.Context(), caller.Merchant.ID, filter.Payment); err != nil {
			return from, filter, err
		}
	}
	return from, filter, nil
}

// watch has ended called once the token that opened the stream is revoked.
func (s *session) watch(r *http.Request, ended func()) (stop func()) {
	if s.server.Watch == nil {
		return func() {}
	}
	return s.server.Watch(gate.Bearer(r.Header.Get("Authorization")), ended)
}

func (s *session) close() {
	s.stop()
	s.Close()
	s.leave()
}

// opening is the first thing that a stream says.
func (s *session) opening() Notice {
	if reason := s.Reset(); reason != "" {
		return Notice{Type: Reset, Reason: reason, LastSequence: s.After()}
	}
	return Notice{Type: Ready, LastSequence: s.After()}
}

// expired reports whether the token that opened the stream has run out.
func (s *session) expired() bool {
	return s.caller.Expired(s.server.Clock.Now())
}

// idle is a timer for the next heartbeat, or for the token's end if that is before.
func (s *session) idle() clock.Timer {
	return s.server.Clock.NewTimer(s.caller.Left(s.server.Clock.Now(), s.server.Heartbeat))
}
