package graph

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"

	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/web/gate"
)

// Subprotocol is the protocol over WebSocket, as graphql-ws defines it.
const Subprotocol = "graphql-transport-ws"

// The codes with which a WebSocket is closed, besides the protocol's own (44xx
// of graphql-transport-ws). Clients come back after each of them but CloseRevoked.
const (
	CloseStopping  = 1001 // the server ends
	CloseLater     = 1013 // the events cannot be read right now
	CloseRevoked   = 4401 // the access token was revoked
	CloseForbidden = 4403 // the access token was refused, or has expired
)

const (
	maxMessage = 64 << 10    // bytes of one message from a client
	farewell   = time.Second // how long a client may take to answer a close frame
)

// serveSocket is GET /graphql: a WebSocket.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	if err := gate.Handshake(w, r, Subprotocol, s.Public); err != nil {
		return err
	}
	if r.Header.Get("Sec-WebSocket-Protocol") == "" {
		return fault.New(fault.Invalid, "subprotocol_unknown", "A subprotocol has to be chosen.").
			At("Sec-WebSocket-Protocol", "must have %s among its values", Subprotocol)
	}
	var caller identity.Principal
	if header := r.Header.Get("Authorization"); header != "" {
		var err error
		if caller, err = s.Authenticate(gate.Bearer(header)); err == nil {
			caller, err = s.For(caller, r.Header.Get(gate.MerchantHeader))
		}
		if err != nil {
			return err
		}
	}
	leave, err := s.Seats.Take(caller.Merchant.ID)
	if err != nil {
		return err
	}
	ctx, l := s.newLine(r, caller, leave)
	l.socket, l.named = true, r.Header.Get(gate.MerchantHeader)
	defer l.close()
	defer l.follow()()
	l.watch(gate.Bearer(r.Header.Get("Authorization")))
	below := &taken{ResponseWriter: w, patience: s.Patience, seats: s.Seats}
	s.exec.ServeHTTP(below, r.WithContext(ctx))
	below.bury()
	return nil
}

// hello takes the first message, in which a client may show its token, and name
// the merchant it acts for.
func (s *Server) hello(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	l := lineOf(ctx)
	refuse := func(err error) (context.Context, *transport.InitPayload, error) {
		f := fault.From(err)
		return transport.AppendCloseReason(transport.WithWebsocketCloseCode(ctx, CloseForbidden), f.Code+": "+f.Message), nil, f
	}
	token, named := gate.Bearer(payload.Authorization()), cmp.Or(payload.GetString(gate.MerchantHeader), l.named)
	caller, err := l.principal(), error(nil)
	if token != "" || caller.Client == "" {
		caller, err = s.Authenticate(token)
	}
	if err == nil {
		caller, err = s.For(caller, named)
	}
	if err == nil && caller != l.principal() {
		err = l.admit(caller)
	}
	if err != nil {
		return refuse(err)
	}
	l.watch(token)
	return ctx, nil, nil
}

// sockets accepts WebSockets for the executor.
type sockets struct{}

// Accept implements [transport.WebsocketImplementation].
func (sockets) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	o.Subprotocols = nil // only ours
	conn, err := transport.CoderWebsocketImplementation{AcceptOptions: websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	}}.Accept(w, r, o)
	return &socket{conn, r.Context()}, err
}

// socket closes with a code that says why, where the executor knows only that.
type socket struct {
	transport.WebsocketConn
	ctx context.Context
}

// SetReadLimit implements [transport.WebsocketReadLimiter].
func (k *socket) SetReadLimit(n int64) {
	k.WebsocketConn.(transport.WebsocketReadLimiter).SetReadLimit(n)
}

// SetReadDeadline implements [transport.WebsocketReadDeadliner].
func (k *socket) SetReadDeadline(t time.Time) error {
	return k.WebsocketConn.(transport.WebsocketReadDeadliner).SetReadDeadline(t)
}

// WriteClose implements [transport.WebsocketConn].
func (k *socket) WriteClose(code int, why string) error {
	switch cause := context.Cause(k.ctx); {
	case cause == nil:
	case errors.Is(cause, errExpired):
		code, why = CloseForbidden, "token_invalid: the access token has expired, connect again with a fresh one"
	case errors.Is(cause, errRevoked):
		code, why = CloseRevoked, "token_invalid: the access token was revoked"
	case errors.Is(cause, errLater):
		code, why = CloseLater, "the events cannot be read right now"
	default:
		code, why = CloseStopping, "Sandbank ends, connect again"
	}
	return k.WebsocketConn.WriteClose(code, why)
}

// taken is a connection that is taken over from HTTP.
type taken struct {
	http.ResponseWriter
	patience time.Duration
	seats    *feed.Seats
	conn     *patientConn
}

// Hijack implements [http.Hijacker].
func (t *taken) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, both, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Time{}) // lifts the HTTP server's own
	t.conn = &patientConn{Conn: conn, patience: t.patience, seats: t.seats, closed: make(chan struct{})}
	return t.conn, bufio.NewReadWriter(both.Reader, bufio.NewWriterSize(t.conn, 4096)), nil
}

// bury gives the close handshake, which goes on beside the executor, a moment
// and then ends the connection.
func (t *taken) bury() {
	if t.conn == nil {
		return
	}
	timer := time.NewTimer(farewell)
	defer timer.Stop()
	select {
	case <-t.conn.closed:
	case <-timer.C:
	}
	_ = t.conn.Close()
}

// patientConn gives each write its time. A write that takes longer ends the
// connection: its reader has stalled.
type patientConn struct {
	net.Conn
	patience time.Duration
	seats    *feed.Seats
	once     sync.Once
	closed   chan struct{}
}

// Write implements [net.Conn].
func (c *patientConn) Write(b []byte) (int, error) {
	// A deadline of the network, not of the simulation: it follows the real clock.
	_ = c.SetWriteDeadline(time.Now().Add(c.patience))
	n, err := c.Conn.Write(b)
	if err != nil {
		c.once.Do(func() { // further writes fail as well
			c.seats.Wrote("graphql", err)
			close(c.closed)
		})
		_ = c.Conn.Close()
	}
	return n, err
}

// Close implements [net.Conn].
func (c *patientConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.closed) })
	return err
}
