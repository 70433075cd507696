package stream

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"sandbank/event/feed"
	"sandbank/web/gate"
)

// Subprotocol is the WebSocket route's subprotocol (RFC 6455, section 1.9).
const Subprotocol = "sandbank.events.v1"

// The codes with which a WebSocket is closed, besides the protocol's own.
// 3000 is registered with IANA as "Unauthorized", 3003 as "Forbidden".
const (
	CloseStopping = websocket.StatusGoingAway       // 1001: the server ends; connect again
	CloseSpoke    = websocket.StatusPolicyViolation // 1008: a client has nothing to say here
	CloseLater    = websocket.StatusTryAgainLater   // 1013: the events cannot be read now
	CloseExpired  = websocket.StatusCode(3000)      // the token ran out; connect with a fresh one
	CloseRevoked  = websocket.StatusCode(3003)      // the token was revoked
)

const (
	maxFrame = 512         // bytes of a client's message; every message is refused, whatever its size
	farewell = time.Second // how long a client may take to answer a close frame
)

// serveSocket is GET /v1/events/ws: each text frame is one event.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	if err := gate.Handshake(w, r, Subprotocol, s.Public); err != nil {
		return err
	}
	stream, err := s.open(r, call.Principal)
	if err != nil {
		return err
	}
	defer stream.close()
	// Compression would have to be done anew for each of a thousand listeners.
	below := &uncorked{ResponseWriter: w}
	conn, err := websocket.Accept(below, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil // Accept has answered
	}
	k := newSocket(stream, conn, below.cork)
	defer k.watch(r, func() { k.gone(ending{CloseRevoked, "the access token was revoked"}) })()
	k.run()
	return nil
}

// socket is a WebSocket with one writer, and a reader that expects no messages.
type socket struct {
	*session
	conn  *websocket.Conn
	below *cork
	gone  context.CancelCauseFunc // takes an ending
	pings sync.WaitGroup
}

// ending is why a socket ends, and with which code; 0 where nobody is left to
// be told.
type ending struct {
	code websocket.StatusCode
	why  string
}

func (e ending) Error() string { return e.why }

func newSocket(s *session, conn *websocket.Conn, below *cork) *socket {
	conn.SetReadLimit(maxFrame)
	k := &socket{session: s, conn: conn, below: below}
	s.ctx, k.gone = context.WithCancelCause(s.ctx)
	return k
}

// run writes events until the client, the token or the server is gone, and
// returns the reason.
func (k *socket) run() {
	var reader sync.WaitGroup
	reader.Go(k.read)
	// A write under way has a second left. A client that does not answer the close
	// frame is dropped.
	said, cut := make(chan struct{}), make(chan struct{})
	context.AfterFunc(k.ctx, func() {
		defer close(cut)
		t := time.NewTimer(farewell)
		defer t.Stop()
		select {
		case <-said:
		case <-t.C:
		}
		_ = k.below.Close()
	})
	k.gone(k.write())
	if end := k.ended(); end.code != 0 {
		_ = k.conn.Close(end.code, end.why)
	}
	close(said)
	<-cut
	_ = k.conn.CloseNow()
	reader.Wait()
	k.pings.Wait()
}

// ended is why it is to end: the first reason counts, and none but the server's
// comes from outside.
func (k *socket) ended() ending {
	var e ending
	if errors.As(context.Cause(k.ctx), &e) {
		return e
	}
	return ending{CloseStopping, "Sandbank ends, connect again"}
}

// read answers pings and sees the client go. A client has nothing to say: one
// that talks is told so, and one that talks a lot is told 1009 by the library.
func (k *socket) read() {
	if _, _, err := k.conn.Read(context.WithoutCancel(k.ctx)); err == nil {
		k.gone(ending{CloseSpoke, "nothing is to be said here"})
	}
	k.gone(ending{})
}

// write writes until there is a reason to end, which it returns.
func (k *socket) write() error {
	first, err := json.Marshal(k.opening())
	if err != nil {
		return ending{}
	}
	if err := k.send(feed.Item{Body: first}); err != nil {
		return err
	}
	idle := k.idle()
	defer func() { idle.Stop() }()
	for {
		items, err := k.NextWithin(k.ctx, idle.C())
		switch {
		case k.ctx.Err() != nil:
			return nil // the reason is known
		case k.expired():
			return ending{CloseExpired, "the token has expired, connect again with a fresh one"}
		case errors.Is(err, feed.ErrClosed):
			return ending{CloseStopping, "Sandbank ends, connect again"}
		case err != nil:
			return ending{CloseLater, "the events cannot be read right now"}
		case len(items) == 0:
			idle = k.idle()
			k.ping()
		}
		if err := k.send(items...); err != nil {
			return err
		}
	}
}

// send writes one frame for each item, and all of them at once.
func (k *socket) send(items ...feed.Item) error {
	k.below.hold()
	for i := range items {
		if k.conn.Write(context.WithoutCancel(k.ctx), websocket.MessageText, items[i].Body) != nil {
			return ending{}
		}
	}
	if err := k.below.release(k.server.Patience); err != nil {
		k.server.Seats.Wrote("websocket", err)
		return ending{}
	}
	return nil
}

// ping finds out whether the client is still there. Events do not wait for it.
func (k *socket) ping() {
	k.pings.Go(func() {
		ctx, cancel := context.WithTimeout(k.ctx, k.server.Patience)
		defer cancel()
		if k.conn.Ping(ctx) != nil {
			k.gone(ending{})
		}
	})
}
