// Package graph is the GraphQL interface, as schema.graphql describes it:
// queries and mutations over POST, and subscriptions over WebSocket (graphql-transport-ws) and
// server-sent events (graphql-sse). It has the types of the HTTP interface and
// the events of every other channel.
//
//	schema.graphql ──▶ generated/ ──▶ resolvers here ──▶ processor, feed
//
// Its schema has no cycle, so the schema bounds the depth of a query; the cost
// of a query is counted before it runs.
package graph

import (
	"context"
	_ "embed" // the schema
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
	"sandbank/sim/outage"
	"sandbank/web/gate"
)

// Schema is the schema in its own language.
//
//go:embed schema.graphql
var Schema string

// Config is what a Server is made of. Zero durations mean the defaults.
type Config struct {
	Processor *processor.Processor
	Feed      *feed.Feed
	Seats     *feed.Seats
	Address   processor.Address
	Clock     clock.Computer
	Log       *slog.Logger
	// Authenticate says whose a bearer token is. A WebSocket may show its token in
	// its first message.
	Authenticate func(token string) (identity.Principal, error)
	// For is the caller on behalf of the merchant that it names; see [gate.Gate.For].
	// Nil for a house where nobody may name one.
	For func(caller identity.Principal, named string) (identity.Principal, error)
	// Admit counts an operation over a WebSocket, or refuses it; nil refuses none.
	// Those over POST are counted as requests.
	Admit     func(client string) error
	Hand      *steer.Hand     // on simulated time; nil where it cannot be steered
	Simulated clock.Simulated // what time it is there
	Faults    *outage.Board   // what goes wrong on purpose
	Lives     Lives           // of this processor
	Gate      *gate.Gate      // keeps the audit records of mutations; nil keeps none
	Public    string          // base URL of the server, of whose pages a WebSocket may come
	// Watch calls ended once the token counts no more; nil where none is ever taken back.
	Watch     func(token string, ended func()) (stop func())
	Heartbeat time.Duration // how often a silent stream shows that it lives
	Patience  time.Duration // how long a reader may take nothing, or a client say nothing at first
}

const (
	usualHeartbeat = 15 * time.Second
	usualPatience  = 10 * time.Second
)

// Server answers the routes of [Server.Routes].
type Server struct {
	Config
	exec http.Handler
	ctx  context.Context // ends with Close
	end  context.CancelFunc
}

// New makes a server. Close ends its streams.
func New(c Config) *Server {
	if c.Heartbeat == 0 {
		c.Heartbeat = usualHeartbeat
	}
	if c.Patience == 0 {
		c.Patience = usualPatience
	}
	if c.For == nil {
		c.For = new(gate.Gate).For
	}
	s := &Server{Config: c}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.exec = s.executor()
	return s
}

// Close tells every stream to end. The owner of the seats waits for them.
func (s *Server) Close() { s.end() }

// Routes lists the routes without a server behind them.
func Routes() []gate.Route { return (*Server)(nil).Routes() }

// Routes are all of them. A WebSocket is let in without a token, and shows it in
// its first message.
func (s *Server) Routes() []gate.Route {
	return []gate.Route{
		{Method: http.MethodPost, Path: "/graphql", Needs: gate.ByField, Shared: true, Handle: s.servePost},
		{Method: http.MethodGet, Path: "/graphql", Needs: gate.Open, Handle: s.serveSocket, Endless: true},
		{Method: http.MethodGet, Path: "/graphql/schema.graphql", Needs: gate.Open, Handle: s.serveSchema},
	}
}

func (s *Server) serveSchema(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write([]byte(Schema)) // the client is gone if this fails
	return nil
}

// Why a connection ends, besides its client's leaving.
var (
	errStopping = errors.New("graph: Sandbank ends")
	errExpired  = errors.New("graph: the token has expired")
	errRevoked  = errors.New("graph: the token was revoked")
	errLater    = errors.New("graph: the events cannot be read right now")
)

// expired is the error for a caller whose token has run out meanwhile.
func expired() error {
	return fault.New(fault.Unauthenticated, "token_invalid", "The access token has expired.").
		Hinting("Connect again with a fresh one.")
}
