package amqpd_test

import (
	"net"
	"testing"

	"sandbank/broker/amqpd"
	"sandbank/broker/amqptest"
)

// serving is a server that is closed after the test.
func serving(t testing.TB, cfg amqpd.Config) *amqpd.Server {
	t.Helper()
	s, err := amqpd.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// listening is a server that also listens on a free port.
func listening(t testing.TB, cfg amqpd.Config) (s *amqpd.Server, addr string) {
	t.Helper()
	s = serving(t, cfg)
	a, err := s.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return s, a.String()
}

// target is the server as the suite wants it.
func target(s *amqpd.Server, addr string) amqptest.Target {
	return amqptest.Target{
		URL: "amqp://guest:guest@" + addr + "/",
		SetUser: func(u amqptest.User) error {
			out := amqpd.User{Name: u.Name, Password: u.Password, Configure: u.Configure, Write: u.Write, Read: u.Read}
			for _, t := range u.Topics {
				out.Topics = append(out.Topics, amqpd.TopicPermission(t))
			}
			return s.SetUser(out)
		},
		Block: func(on bool) error { s.Block(on); return nil },
	}
}

func TestConformance_TCP(t *testing.T) {
	s, addr := listening(t, amqpd.Config{})
	amqptest.Run(t, target(s, addr))
	leftNothing(t, s)
}

func TestConformance_InProcess(t *testing.T) {
	s := serving(t, amqpd.Config{})
	tgt := target(s, "in-process")
	tgt.Dial = func(string, string) (net.Conn, error) { return s.Dial(t.Context()) }
	amqptest.Run(t, tgt)
	leftNothing(t, s)
}

// leftNothing checks that the accounts of memory are even, once the last of
// the connections that the suite cut has been noticed.
func leftNothing(t *testing.T, s *amqpd.Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if q := s.Queues(); len(q) > 0 {
		t.Errorf("queues left: %v", q)
	}
	if n := s.HeldBytes(); n != 0 {
		t.Errorf("%d bytes held by no queue", n)
	}
}
