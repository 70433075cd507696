package amqpd

import "sync"

const (
	// outboxFull stops deliveries to a connection; replies still go in.
	outboxFull = 256 << 10
	// outboxStuck stops reading from a client that does not read.
	outboxStuck = 4 << 20
	// outboxKeep is the largest buffer that is kept for the next write.
	outboxKeep = 64 << 10
)

// outbox gathers encoded frames until the connection's writer takes them all
// at once. Anyone may append; its lock is below the server's.
type outbox struct {
	wake chan struct{} // capacity 1; a value means that there is something to take

	mu       sync.Mutex
	cond     *sync.Cond // signalled when the writer has taken something
	enc      encoder
	writing  int    // octets taken and not yet written
	spare    []byte // for reuse
	closed   bool   // nothing more may be appended
	broken   bool   // nothing will be written any more
	frameMax int
}

func newOutbox() *outbox {
	o := &outbox{wake: make(chan struct{}, 1), frameMax: frameMinMax}
	o.cond = sync.NewCond(&o.mu)
	return o
}

// method appends a method frame; args writes its arguments, if it has any.
func (o *outbox) method(channel uint16, id methodID, args func(*encoder)) {
	o.content(channel, id, args, nil, nil)
}

// content appends a method and, if props is not nil, a message after it.
// Everything is appended at once so that no other frame of the channel can come
// between.
func (o *outbox) content(channel uint16, id methodID, args func(*encoder), props, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	e := &o.enc
	e.frame(frameMethod, channel, func() {
		e.long(uint32(id))
		if args != nil {
			args(e)
		}
	})
	if props != nil {
		o.message(channel, props, body)
	}
	o.signal()
}

func (o *outbox) message(channel uint16, props, body []byte) {
	e := &o.enc
	e.frame(frameHeader, channel, func() {
		e.short(classBasic)
		e.short(0) // weight
		e.longlong(uint64(len(body)))
		e.b = append(e.b, props...)
	})
	for len(body) > 0 {
		part := body[:min(len(body), o.frameMax-frameOverhead)]
		body = body[len(part):]
		e.frame(frameBody, channel, func() { e.b = append(e.b, part...) })
	}
}

func (o *outbox) heartbeat() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.enc.frame(frameHeartbeat, 0, func() {})
}

// raw appends octets that are not a frame: the protocol header.
func (o *outbox) raw(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.enc.b = append(o.enc.b, b...)
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// setFrameMax takes effect with the next message.
func (o *outbox) setFrameMax(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.frameMax = n
}

// full reports that deliveries should wait until the writer has caught up.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.enc.b)+o.writing > outboxFull
}

// waitRoom returns when the client has read enough of its pending output.
func (o *outbox) waitRoom() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.enc.b)+o.writing > outboxStuck && !o.closed && !o.broken {
		o.cond.Wait()
	}
}

// take returns the octets to write next, and whether they are the last.
func (o *outbox) take() (b []byte, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if b = o.enc.b; len(b) == 0 {
		return nil, o.closed
	}
	o.enc.b, o.spare = o.spare, nil
	o.writing = len(b)
	return b, false
}

// wrote takes a buffer back for reuse and makes room.
func (o *outbox) wrote(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing = 0
	if cap(b) <= outboxKeep {
		o.spare = b[:0]
	}
	o.cond.Broadcast()
}

// close ends the outbox; its content is still written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
	o.cond.Broadcast()
}

// fail ends the outbox because the socket is broken.
func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.broken = true, true
	o.enc.b = nil
	o.signal()
	o.cond.Broadcast()
}
