package webhook

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/secret"
)

// names answers for every name with the addresses it has been told last.
type names struct {
	mu   sync.Mutex
	are  []string
	work sync.WaitGroup
}

func (n *names) set(addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.are = addresses
}

// resolve makes the names the process's own until the test ends.
func (n *names) resolve(t *testing.T) {
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		n.work.Go(func() { n.serve(there) })
		return here, nil
	}}
	t.Cleanup(func() { net.DefaultResolver = before; n.work.Wait() })
}

// serve speaks DNS as over TCP (RFC 1035, section 4.2.2).
func (n *names) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		var size uint16
		if binary.Read(conn, binary.BigEndian, &size) != nil {
			return
		}
		asked := make([]byte, size)
		if _, err := io.ReadFull(conn, asked); err != nil {
			return
		}
		answer, err := n.answer(asked)
		if err != nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func (n *names) answer(asked []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(asked); err != nil {
		return nil, err
	}
	m.Response, m.Additionals = true, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	q := m.Questions[0]
	for _, a := range n.are {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()},
			})
		}
	}
	return m.Pack()
}

// A name that pointed at a fine address when its endpoint was made may point
// inside a moment later: every dial looks again, at the very address it dials.
func TestSender_LooksAgainAtANameThatMoves(t *testing.T) {
	var dns names
	dns.resolve(t)
	hit := make(chan string, 10)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that the next try dials
		hit <- r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()
	})
	receiver := httptest.NewServer(handler) // on 127.0.0.1
	defer receiver.Close()
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	inside := httptest.NewUnstartedServer(handler)
	_ = inside.Listener.Close()
	var err error
	if inside.Listener, err = net.Listen("tcp4", "127.0.0.2:"+port); err != nil {
		t.Fatal(err)
	}
	inside.Start()
	defer inside.Close()

	guard := Allowing([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, PublicOnly(false, func() []uint16 { return nil }))
	url := "http://rebind.example.:" + port + "/"
	if err := Acceptable(guard, url); err != nil {
		t.Fatal(err)
	}
	s := NewSender(guard, clock.NewManual(noon))
	defer s.Close()
	for _, c := range []struct {
		points []string
		passes bool
	}{
		{[]string{"127.0.0.1"}, true},              // the control: the names are ours
		{[]string{"127.0.0.2"}, false},             // moved inside
		{[]string{"169.254.169.254"}, false},       // moved to the metadata of a cloud
		{[]string{"127.0.0.2", "127.0.0.1"}, true}, // both: only the fine one is dialed
		{[]string{"127.0.0.2", "127.0.0.3"}, false},
		{[]string{"127.0.0.1"}, true},
	} {
		dns.set(c.points...)
		a := s.Send(t.Context(), Delivery{ID: "del_1", Endpoint: Endpoint{URL: url, Keys: Keys{Secret: secret.Kept(sharedSecret)}}, Event: event.Event{ID: "evt_1", Data: []byte("{}")}})
		if (a.Code == 200) != c.passes || c.passes == (a.Error != "") {
			t.Errorf("pointing to %v: %+v", c.points, a)
		}
		if c.passes {
			if at := <-hit; at != "127.0.0.1:"+port {
				t.Errorf("pointing to %v, %s was dialed", c.points, at)
			}
		}
	}
	if len(hit) > 0 {
		t.Errorf("%s was reached as well", <-hit)
	}
}
