package amqpd_test

import (
	"net"
	"testing"

	"sandbank/amqpd"
	"sandbank/amqptest"
)

// target is a server of the test's own, ready for the suite.
func target(t *testing.T) (*amqpd.Server, amqptest.Target) {
	t.Helper()
	s, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, amqptest.Target{
		URL: "amqp://guest:guest@localhost/",
		SetUser: func(u amqptest.User) error {
			return s.SetUser(amqpd.User{Name: u.Name, Password: u.Password,
				Configure: u.Configure, Write: u.Write, Read: u.Read})
		},
		Block: func(on bool) error { s.Block(on); return nil },
	}
}

func TestConformance_TCP(t *testing.T) {
	s, tgt := target(t)
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tgt.URL = "amqp://guest:guest@" + addr.String() + "/"
	amqptest.Run(t, tgt)
	leftNothing(t, s)
}

func TestConformance_InProcess(t *testing.T) {
	s, tgt := target(t)
	tgt.Dial = func(string, string) (net.Conn, error) { return s.Dial(t.Context()) }
	amqptest.Run(t, tgt)
	leftNothing(t, s)
}

// leftNothing checks that the accounts of memory are even.
func leftNothing(t *testing.T, s *amqpd.Server) {
	t.Helper()
	if q := s.Queues(); len(q) > 0 {
		t.Errorf("queues left: %v", q)
	}
	if n := s.HeldBytes(); n != 0 {
		t.Errorf("%d bytes held by no queue", n)
	}
}
