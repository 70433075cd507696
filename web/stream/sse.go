package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"sandbank/event/feed"
	"sandbank/web/gate"
)

// retry is how long a client waits before it comes back, in milliseconds.
const retry = "2000"

// errRevoked ends the streams of a revoked token.
var errRevoked = errors.New("stream: the token was revoked")

// lastWord is how long a reader may take to hear so.
const lastWord = 200 * time.Millisecond

// buffers hold one batch each, from its rendering to its writing.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// serveEvents is GET /v1/events/stream. Events have no name, so that a browser's
// onmessage hears all of them, also those of future types; the stream's notices
// have one: "ready" and "reset".
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, call gate.Call) error {
	stream, err := s.open(r, call.Principal)
	if err != nil {
		return err
	}
	defer stream.close()
	out := &lines{w: gate.NewPatient(stream.ctx, w, s.Patience), session: stream}
	defer out.w.Done()
	hear, revoke := context.WithCancelCause(stream.ctx)
	defer revoke(nil)
	out.hear = hear
	// The reader is told why, if it takes that at once.
	defer stream.watch(r, func() { revoke(errRevoked); time.AfterFunc(lastWord, stream.stop) })()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers would hold events back
	w.WriteHeader(http.StatusOK)
	if out.open() == nil {
		out.run()
	}
	return nil
}

// lines writes a text/event-stream (HTML, section 9.2.5).
type lines struct {
	w    *gate.Patient
	hear context.Context // ends with the stream, and with its token
	*session
}

// open says where the stream begins. Its id is a position like any other: a
// listener that is cut off before the first event misses none.
func (l *lines) open() error {
	return l.say(l.opening(), "retry: "+retry+"\n")
}

// say writes a notice, after the events before it.
func (l *lines) say(notice Notice, before string) error {
	text, err := json.Marshal(notice)
	if err != nil {
		return err
	}
	return l.write([]byte(before + "id: " + strconv.FormatInt(notice.LastSequence, 10) +
		"\nevent: " + notice.Type + "\ndata: " + string(text) + "\n\n"))
}

// run writes events until the reader, the token or the server is gone.
func (l *lines) run() {
	idle := l.idle()
	defer func() { idle.Stop() }()
	for {
		items, err := l.NextWithin(l.hear, idle.C())
		switch {
		case errors.Is(context.Cause(l.hear), errRevoked):
			_ = l.say(Notice{Type: Revoked, Reason: "the access token was revoked", LastSequence: l.After()}, "")
			return
		case l.expired():
			_ = l.write([]byte(": the token has expired, connect again with a fresh one\n\n"))
			return
		case err != nil:
			return // the client comes back with its place
		case len(items) == 0:
			idle = l.idle()
			err = l.write([]byte(": still here\n\n"))
		default:
			err = l.batch(items)
		}
		if err != nil {
			return
		}
	}
}

// batch writes all events that are ready at once.
func (l *lines) batch(items []feed.Item) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	for i := range items {
		b.WriteString("id: ")
		b.WriteString(items[i].ID)
		b.WriteString("\ndata: ")
		b.Write(items[i].Body) // JSON without line ends
		b.WriteString("\n\n")
	}
	return l.write(b.Bytes())
}

func (l *lines) write(text []byte) error {
	_, err := l.w.Write(text)
	if err == nil {
		err = l.w.FlushError()
	}
	if l.ctx.Err() == nil { // else the write was cut short from here
		l.server.Seats.Wrote("sse", err)
	}
	return err
}
