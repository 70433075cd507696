package graph

import (
	"context"
	"net/http"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/event/feed"
	"sandbank/fault"
	"sandbank/identity"
)

// maxOpen is how many subscriptions one WebSocket can carry.
const maxOpen = 100

// line is one caller's connection: a request, or a WebSocket and all that is
// asked over it.
type line struct {
	server *Server
	end    context.CancelCauseFunc
	socket bool   // a WebSocket
	named  string // the merchant that its handshake named
	// request and requestID are of a request with one answer, for the audit log.
	request   *http.Request
	requestID string

	mu     sync.Mutex
	caller identity.Principal
	leave  func() // gives back the seat; nil for none
	blind  func() // ends the watch over the token; nil for none
	open   int    // subscriptions
	over   bool
	owned  sync.WaitGroup
}

type lineKey struct{}

func lineOf(ctx context.Context) *line { return ctx.Value(lineKey{}).(*line) }

// newLine begins a line; its context ends with the request, with the server, and
// with the line.
func (s *Server) newLine(r *http.Request, caller identity.Principal, leave func()) (context.Context, *line) {
	l := &line{server: s, caller: caller, leave: leave}
	ctx, end := context.WithCancelCause(r.Context())
	l.end = end
	return context.WithValue(ctx, lineKey{}, l), l
}

// follow ends the line with the server.
func (l *line) follow() (stop func() bool) {
	return context.AfterFunc(l.server.ctx, func() { l.end(errStopping) })
}

// watch ends the line once the token that it was opened with is revoked, instead
// of one that was shown before.
func (l *line) watch(token string) {
	if l.server.Watch == nil || token == "" {
		return
	}
	blind := l.server.Watch(token, func() { l.end(errRevoked) })
	l.mu.Lock()
	former := l.blind
	l.blind = blind
	l.mu.Unlock()
	if former != nil {
		former()
	}
}

// close waits for the operations on this line, and begins no more.
func (l *line) close() {
	l.end(nil)
	l.mu.Lock()
	l.over = true
	leave, blind := l.leave, l.blind
	l.mu.Unlock()
	if blind != nil {
		blind()
	}
	l.owned.Wait()
	if leave != nil {
		leave()
	}
}

// admit takes the caller that a WebSocket named in its first message, and moves
// to its seat.
func (l *line) admit(caller identity.Principal) error {
	leave, err := l.server.Seats.Take(caller.Merchant.ID)
	if err != nil {
		return err
	}
	l.mu.Lock()
	former := l.leave
	l.leave, l.caller = leave, caller
	l.mu.Unlock()
	former()
	return nil
}

func (l *line) principal() identity.Principal {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.caller
}

// seatless reports whether it is a request with one answer.
func (l *line) seatless() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leave == nil
}

func (l *line) merchant() string { return l.principal().Merchant.ID }

// expired reports whether the caller's token has run out.
func (l *line) expired() bool {
	return l.principal().Expired(l.server.Clock.Now())
}

// idle is a timer for when to look at the token again.
func (l *line) idle() clock.Timer {
	return l.server.Clock.NewTimer(l.principal().Left(l.server.Clock.Now(), time.Hour))
}

// begin counts one subscription more, if there may be one.
func (l *line) begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
		return feed.Refused(feed.ErrClosed)
	case l.open >= maxOpen:
		return fault.New(fault.RateLimited, "too_many_streams", "There are %d subscriptions on this connection, and that is as many as there can be.", maxOpen).
			Hinting("Complete those you do not need. One subscription to events carries all your payments.")
	}
	l.open++
	l.owned.Add(1)
	return nil
}

func (l *line) finish() {
	l.mu.Lock()
	l.open--
	l.mu.Unlock()
	l.owned.Done()
}

// listen hears events until the subscription or the line ends, and hands each to
// tell, which reports whether to go on. It owns the listener from here on.
func (l *line) listen(ctx context.Context, from *feed.Listener, tell func(feed.Item) bool, done func()) error {
	if err := l.begin(); err != nil {
		from.Close()
		return err
	}
	go func() {
		defer l.finish()
		defer done()
		defer from.Close()
		if why := l.hear(ctx, from, tell); why != nil {
			l.end(why)
		}
	}()
	return nil
}

// hear returns why the whole line is to end, nil where only the subscription does.
func (l *line) hear(ctx context.Context, from *feed.Listener, tell func(feed.Item) bool) error {
	idle := l.idle()
	defer func() { idle.Stop() }()
	for {
		items, err := from.NextWithin(ctx, idle.C())
		switch {
		case ctx.Err() != nil:
			return nil
		case l.expired():
			return errExpired
		case err != nil && l.server.ctx.Err() != nil:
			return errStopping
		case err != nil:
			return errLater
		case len(items) == 0:
			idle = l.idle()
		}
		for _, item := range items {
			if !tell(item) {
				return nil
			}
		}
	}
}
