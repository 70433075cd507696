package broker

import (
	"bytes"
	"errors"
	"net"
	"testing"
)

// written is a connection that keeps what is written to it, write by write.
type written struct {
	net.Conn
	list [][]byte
	err  error
}

func (w *written) Write(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.list = append(w.list, bytes.Clone(b))
	return len(b), nil
}

func TestCork_HoldsABatchBackAndLosesNothing(t *testing.T) {
	below, c := &written{}, &cork{}
	conn, err := dialed(corkable(t.Context(), c), below, nil)
	if err != nil || conn != net.Conn(c) {
		t.Fatalf("dialed %v (%v), want the cork around the connection", conn, err)
	}
	write := func(b []byte) {
		t.Helper()
		if n, err := conn.Write(b); n != len(b) || err != nil {
			t.Fatalf("wrote %d of %d: %v", n, len(b), err)
		}
	}
	write([]byte("before "))
	c.put()
	write([]byte("one "))
	write([]byte("two "))
	if len(below.list) != 1 {
		t.Errorf("%d writes while it is in, want the one from before", len(below.list))
	}
	if err := c.pull(); err != nil {
		t.Error(err)
	}
	write([]byte("after"))
	if got := string(bytes.Join(below.list, nil)); got != "before one two after" || len(below.list) != 3 {
		t.Errorf("%d writes of %q, want three, in order", len(below.list), got)
	}
	c.put()
	long := bytes.Repeat([]byte("x"), mostHeld-1)
	write(long)
	write(long)
	if last := below.list[len(below.list)-1]; len(last) != len(long) {
		t.Errorf("the last write is %d bytes, want what would be over the bound: %d", len(last), len(long))
	}
	below.err = errors.New("cut")
	if err := c.pull(); !errors.Is(err, below.err) {
		t.Errorf("pulled with %v, want the connection's error: the batch is not sent", err)
	}
}

func TestCork_IsNotAroundWhatOthersDial(t *testing.T) {
	below := &written{}
	if conn, _ := dialed(t.Context(), below, nil); conn != net.Conn(below) {
		t.Errorf("a connection of no publisher became %T", conn)
	}
	c := &cork{}
	if conn, err := dialed(corkable(t.Context(), c), nil, errors.New("refused")); conn != nil || err == nil || c.Conn != nil {
		t.Errorf("a refused connection became %v (%v)", conn, err)
	}
}
