package gate

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Piece is how many bytes are written under one deadline: a reader that is slow
// but reads is not taken for one that stalls.
const Piece = 64 << 10

// Patient writes a long answer to a reader that may stall. When its context
// ends it writes nothing more and cuts a write in progress short; an answer
// that was not cut short ends as it should, with its last chunk.
type Patient struct {
	http.ResponseWriter
	ctx      context.Context
	control  *http.ResponseController
	patience time.Duration
	unlink   func() bool

	one     sync.Mutex // writer at a time
	mu      sync.Mutex // guards what follows
	writing bool
	done    bool
}

// NewPatient takes over an answer: the server's own time limits end for it. Done
// has to be called before the handler returns.
func NewPatient(ctx context.Context, w http.ResponseWriter, patience time.Duration) *Patient {
	p := &Patient{ResponseWriter: w, ctx: ctx, control: Hold(ctx, w), patience: patience}
	p.unlink = context.AfterFunc(ctx, p.cut)
	return p
}

// Done ends the writing. Later writes fail.
func (p *Patient) Done() {
	p.unlink()
	p.one.Lock()
	defer p.one.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
}

func (p *Patient) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing && !p.done {
		_ = p.control.SetWriteDeadline(time.Unix(1, 0))
	}
}

// allow gives the next write its time, unless it is over.
func (p *Patient) allow() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done {
		return http.ErrHandlerTimeout
	}
	if err := p.ctx.Err(); err != nil {
		return err
	}
	p.writing = true
	// A deadline of the network, not of the simulation: it follows the real clock.
	_ = p.control.SetWriteDeadline(time.Now().Add(p.patience))
	return nil
}

// wrote ends a write. One that was through when it was to be cut short leaves
// its time to the last chunk.
func (p *Patient) wrote(err *error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writing = false
	if *err == nil && p.ctx.Err() != nil {
		_ = p.control.SetWriteDeadline(time.Now().Add(p.patience))
	}
}

// Write implements [http.ResponseWriter].
func (p *Patient) Write(b []byte) (n int, err error) {
	p.one.Lock()
	defer p.one.Unlock()
	defer p.wrote(&err)
	for n < len(b) {
		if err := p.allow(); err != nil {
			return n, err
		}
		m, err := p.ResponseWriter.Write(b[n:min(n+Piece, len(b))])
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// FlushError sends the buffered bytes.
func (p *Patient) FlushError() (err error) {
	p.one.Lock()
	defer p.one.Unlock()
	defer p.wrote(&err)
	if err := p.allow(); err != nil {
		return err
	}
	return p.control.Flush()
}
