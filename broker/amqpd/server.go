package amqpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// closeGrace is how long a client may take to answer connection.close.
const closeGrace = time.Second

// ErrClosed is returned by a Server that was closed.
var ErrClosed = errors.New("amqpd: server closed")

// errCrowded is the reason for refusing a connection.
var errCrowded = errors.New("amqpd: too many connections")

// Server is one broker with the single virtual host "/". Its methods may be
// called from any goroutine. It must be closed, because New starts a goroutine.
type Server struct {
	cfg    Config
	bounds []bound
	stop   chan struct{}  // closed by Close
	wg     sync.WaitGroup // every goroutine the server started
	guard  guard

	// mu guards everything below and the state of all exchanges, queues and
	// channels. No goroutine waits for input or output while holding it.
	mu        sync.Mutex
	closed    bool
	listeners []net.Listener
	conns     map[*conn]struct{}
	users     map[string]*user
	exchanges map[string]*exchange
	queues    map[string]*queue
	timekeeper
	memory
	// visit numbers the routings, so that an exchange or queue can be marked as
	// seen without a set per message.
	visit uint64
}

// bound is a Bound with its pattern compiled.
type bound struct {
	Bound
	name pattern
}

// New returns a running server that does not listen yet.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:       cfg,
		stop:      make(chan struct{}),
		guard:     newGuard(),
		conns:     map[*conn]struct{}{},
		users:     map[string]*user{},
		exchanges: map[string]*exchange{},
		queues:    map[string]*queue{},
	}
	s.timekeeper.wake = make(chan struct{}, 1)
	var errs []error
	for _, u := range cfg.Users {
		if err := s.SetUser(u); err != nil {
			errs = append(errs, err)
		}
	}
	for _, b := range cfg.Bounds {
		name, err := compile(b.Pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("bound: %w", err))
		}
		s.bounds = append(s.bounds, bound{b, name})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("amqpd: %w", err)
	}
	s.predeclare()
	s.wg.Go(s.keepTime)
	return s, nil
}

// Listen accepts connections on addr until Close. It returns the address that
// was bound, with the real port if addr has port 0.
func (s *Server) Listen(network, addr string) (net.Addr, error) {
	return s.ListenTLS(network, addr, nil)
}

// ListenTLS is Listen with TLS, unless the configuration is nil.
func (s *Server) ListenTLS(network, addr string, with *tls.Config) (net.Addr, error) {
	ln, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("amqpd: %w", err)
	}
	if with != nil {
		ln = tls.NewListener(ln, with)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.Join(ErrClosed, ln.Close())
	}
	s.listeners = append(s.listeners, ln)
	s.wg.Go(func() { s.accept(ln) })
	return ln.Addr(), nil
}

func (s *Server) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // most likely out of descriptors: some may be freed
			s.cfg.Logger.Warn("amqp accept failed", "error", err)
			select {
			case <-s.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		if err := s.serve(nc); err != nil {
			s.cfg.Logger.Debug("amqp connection not taken", "address", nc.RemoteAddr(), "error", err)
			_ = nc.Close()
		}
	}
}

// Dial returns the client's end of a new connection within the process.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := newPipe()
	if err := s.serve(server); err != nil {
		_ = client.Close()
		_ = server.Close()
		return nil, err
	}
	return client, nil
}

// serve starts the goroutines of one connection.
func (s *Server) serve(nc net.Conn) error {
	if !s.guard.enter(nc, s.cfg.MaxConnections, s.cfg.MaxPerAddress) {
		return errCrowded
	}
	c := newConn(s, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.guard.leave(nc)
		return ErrClosed
	}
	s.conns[c] = struct{}{}
	s.wg.Go(c.read)
	s.wg.Go(c.write)
	return nil
}

// Close tells every client that the broker ends, gives it a moment to answer,
// and returns when no goroutine of the server is left. All messages are lost. A
// second call does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stop)
	}
	var errs []error
	for _, ln := range s.listeners {
		errs = append(errs, ln.Close())
	}
	s.listeners = nil
	for c := range s.conns {
		c.shutdown(failf(codeConnectionForced, "broker forced connection closure with reason 'shutdown'"))
	}
	s.mu.Unlock()
	s.wg.Wait()
	return errors.Join(errs...)
}
