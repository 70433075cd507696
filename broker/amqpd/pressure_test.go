package amqpd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// TestPressure_ClientThatDoesNotRead gets no more deliveries than fit its
// outbox; the rest stays in the queue, until the client reads again.
func TestPressure_ClientThatDoesNotRead(t *testing.T) {
	const n, size = 200, 32 << 10
	s := started(t, Config{})
	c := rawDial(t, s).open(nil, 0)
	c.play(declareClassic, func(s *script) {
		s.method(basicConsume).short(0).str("q").str("tag").octet(2).table(nil).done()
	})
	c.expect(basicConsumeOK)
	other := rawDial(t, s).open(nil, 0)
	for i := range n {
		other.play(func(s *script) { bigPublish(s, i, size) })
	}
	other.play(func(s *script) { s.method(channelClose).short(200).str("").short(0).short(0).done() })
	other.expect(channelCloseOK)
	if depth := s.Queues()[0].Depth; depth < n-(outboxFull+pipeBuffer+readBuffer)/size-4 {
		t.Errorf("%d of %d are still in the queue", depth, n)
	}
	for i := range n {
		d := c.expect(basicDeliver)
		if got := body(t, c, size); got != fmt.Sprint(i) {
			t.Fatalf("delivery %d says %q", i, got)
		}
		_ = d
	}
	if held := s.HeldBytes(); held != 0 {
		t.Errorf("%d bytes held", held)
	}
}

// TestPressure_RepliesThatAreNotRead checks that the broker stops reading from
// a client that does not read its replies.
func TestPressure_RepliesThatAreNotRead(t *testing.T) {
	s := started(t, Config{})
	c := rawDial(t, s).open(nil, 0)
	_ = c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	var e encoder
	(&script{}).returned(&e, 100<<10)
	sent := 0
	for {
		n, err := c.Write(e.b)
		sent += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil || sent > 4*outboxStuck {
			t.Fatalf("%d octets were taken, %v", sent, err)
		}
	}
}

// returned publishes an unroutable mandatory message.
func (s *script) returned(e *encoder, size int) {
	s.method(basicPublish).short(0).str("").str("nowhere").octet(1).done()
	s.content(size, "")
	*e = s.e
}

func (s *script) content(size int, text string) {
	s.e.frame(frameHeader, 1, func() {
		s.e.short(classBasic)
		s.e.short(0)
		s.e.longlong(uint64(size))
		s.e.short(0)
	})
	body := make([]byte, size)
	copy(body, text)
	for len(body) > 0 {
		part := body[:min(len(body), frameMinMax-frameOverhead)]
		body = body[len(part):]
		s.e.frame(frameBody, 1, func() { s.e.b = append(s.e.b, part...) })
	}
}

func declareClassic(s *script) {
	s.method(queueDeclare).short(0).str("q").octet(0).table(nil).done()
}

func bigPublish(s *script, i, size int) {
	s.method(basicPublish).short(0).str("").str("q").octet(0).done()
	s.content(size, fmt.Sprint(i))
}

// body reads a message's and returns the text it begins with.
func body(t *testing.T, c *rawClient, size int) string {
	t.Helper()
	var all []byte
	for len(all) < size {
		fr, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		if fr.kind == frameBody {
			all = append(all, fr.payload...)
		}
	}
	text := all
	for i, b := range all {
		if b == 0 {
			text = all[:i]
			break
		}
	}
	return string(text)
}

func TestPipe_Buffered(t *testing.T) {
	a, b := newPipe()
	if n, err := a.Write(make([]byte, 1000)); n != 1000 || err != nil {
		t.Fatalf("write without a reader: %d, %v", n, err)
	}
	_ = a.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := a.Write(make([]byte, pipeBuffer)); n != pipeBuffer-1000 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write beyond the buffer: %d, %v", n, err)
	}
	_ = a.Close()
	if got, err := io.ReadAll(b); len(got) != pipeBuffer || err != nil {
		t.Errorf("after close: %d octets, %v", len(got), err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write to a closed end: %v", err)
	}
	_ = b.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after the deadline: %v", err)
	}
	_ = b.Close()
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read from one's own closed end: %v", err)
	}
}
