package amqpd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// from is a connection's end as if it came from an address.
type from struct {
	net.Conn
	at string
}

func (f from) RemoteAddr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", f.at)
	if err != nil {
		panic(err)
	}
	return a
}

func TestGuard_BoundsConnections(t *testing.T) {
	g := newGuard()
	enter := func(at string) bool { return g.enter(from{at: at}, 5, 2) }
	for i, c := range []struct {
		at   string
		want bool
	}{
		{"192.0.2.1:1", true},
		{"192.0.2.1:2", true},
		{"192.0.2.1:3", false},
		{"[::ffff:192.0.2.1]:4", false}, // another spelling
		{"[2001:db8::1]:1", true},
		{"[2001:db8::2]:1", true},
		{"[2001:db8::3]:1", false}, // of the same /64
		{"192.0.2.2:1", true},
		{"192.0.2.3:1", false}, // of all
	} {
		if got := enter(c.at); got != c.want {
			t.Errorf("connection %d from %s: %t", i, c.at, got)
		}
	}
	g.leave(from{at: "192.0.2.1:1"})
	if !enter("192.0.2.3:1") {
		t.Error("who left still takes room")
	}
	for range 5 {
		g.leave(from{at: "192.0.2.3:1"})
	}
	client, server := newPipe()
	defer func() { _, _ = client.Close(), server.Close() }()
	for range 10 {
		if !g.enter(server, 5, 2) {
			t.Fatal("a connection from within the process is counted")
		}
	}
}

func TestServer_ClosesConnectionsBeyondItsBound(t *testing.T) {
	s, err := New(Config{MaxConnections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	at, err := s.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dial := func() *rawClient {
		nc, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		return &rawClient{t, nc, newFrameReader(nc, readBuffer, defaultFrameMax)}
	}
	first := dial().open(nil, 0)
	dial().open(nil, 0)
	third := dial()
	if _, err := third.next(); err == nil {
		t.Error("a third connection is heard")
	}
	first.send(0, connectionClose, func(e *encoder) { e.short(200); e.shortstr(""); e.short(0); e.short(0) })
	first.expect(connectionCloseOK)
	if err := first.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
	dial().open(nil, 0)
}

func TestGuard_BoundsWrongPasswords(t *testing.T) {
	g, now := newGuard(), time.Now()
	count := func(at, user string, n int) (looked int) {
		for range n {
			if _, ok := g.guess(from{at: at}, user, now); ok {
				looked++
			}
		}
		return looked
	}
	if n := count("192.0.2.1:1", "guest", 100); n != pairBurst {
		t.Errorf("%d wrong passwords looked at for one user", n)
	}
	if n := count("192.0.2.2:1", "guest", 1); n != 1 {
		t.Error("the guesses of one address lock out another")
	}
	all := 0
	for i := range 100 {
		all += count("192.0.2.1:1", fmt.Sprint("user ", i), 5)
	}
	if all != addressBurst-pairBurst {
		t.Errorf("%d more looked at from one address", all)
	}
	now = now.Add(pairEvery)
	if n := count("192.0.2.1:1", "guest", 5); n != 1 {
		t.Errorf("after %s %d are looked at", pairEvery, n)
	}
	for range 1000 { // a right password may be used as often as one likes
		right, ok := g.guess(from{at: "192.0.2.3:1"}, "guest", now)
		if !ok {
			t.Fatal("right passwords are counted")
		}
		right()
	}
	for i := range maxGuessers + 10 {
		_, _ = g.guess(from{at: "192.0.2.4:1"}, fmt.Sprint(i), now)
		_, _ = g.guess(from{at: fmt.Sprintf("10.%d.%d.1:1", i/250, i%250)}, "guest", now)
	}
	if len(g.pairs) > maxGuessers || len(g.addresses) > maxGuessers {
		t.Errorf("%d and %d guessers are remembered", len(g.pairs), len(g.addresses))
	}
}

// Neither silence between octets nor a heartbeat of 0 makes the handshake longer.
func TestProtocol_SlowHandshakeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		slow, stuck := rawDial(t, s), rawDial(t, s)
		stuck.login(nil, "PLAIN", "\x00guest\x00guest")
		stuck.expect(connectionTune)
		stuck.send(0, connectionTuneOK, func(e *encoder) { e.short(1); e.long(frameMinMax); e.short(0) })
		began := time.Now()
		for i := range protocolHeader {
			if _, err := slow.Write(protocolHeader[i : i+1]); err != nil {
				break
			}
			time.Sleep(handshakeTimeout / 4)
		}
		for name, c := range map[string]*rawClient{"slow": slow, "stuck": stuck} {
			if _, err := c.next(); !errors.Is(err, io.EOF) {
				t.Errorf("%s: got %v, want the end", name, err)
			}
		}
		if took := time.Since(began); took > 2*handshakeTimeout+2*closeGrace {
			t.Errorf("took %v", took)
		}
	})
}
