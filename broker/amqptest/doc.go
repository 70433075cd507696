// Package amqptest is one conformance suite for the two brokers that
// Sandbank runs on: the embedded one and RabbitMQ.
//
// It checks the behavior that the rest of the program relies upon: routing,
// publisher confirms, returns, acknowledgement, redelivery, dead letters,
// limits, permissions, and the errors a client gets. Each case states a promise
// of both brokers; where versions of RabbitMQ differ, the case keeps to their
// common part. It knows only the client library, so that any broker can be held
// to it:
//
//	func TestBroker(t *testing.T) {
//		amqptest.Run(t, amqptest.Target{URL: "amqp://guest:guest@127.0.0.1:5672/"})
//	}
//
// Cases await signals. Only expiry, which a broker does by the clock, is
// awaited by asking again.
package amqptest

import (
	"net"
	"testing"
)

// Target is a broker to be held to the suite.
type Target struct {
	// URL connects as a user with all permissions on the virtual host "/".
	URL string
	// Dial opens the socket; nil is TCP to the URL's address.
	Dial func(network, addr string) (net.Conn, error)
	// SetUser adds or replaces a user; without it permissions are not tested.
	SetUser func(User) error
	// Block raises or lifts a memory alarm; without it alarms are not tested.
	Block func(on bool) error
}

// User is a name with a password and regular expressions for permissions.
type User struct {
	Name, Password, Configure, Write, Read string
	Topics                                 []Topic
}

// Topic is a permission by routing key on a topic exchange.
type Topic struct{ Exchange, Write, Read string }

// testCase is one promise of a broker.
type testCase struct {
	name string
	run  func(*probe)
}

// Run holds the target to every case, each as a subtest.
func Run(t *testing.T, target Target) {
	t.Helper()
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"Routing", routingCases},
		{"Publish", publishCases},
		{"Message", messageCases},
		{"Deliver", deliverCases},
		{"Acknowledge", acknowledgeCases},
		{"DeadLetter", deadLetterCases},
		{"Queue", queueCases},
		{"Exchange", exchangeCases},
		{"Connection", connectionCases},
		{"Access", accessCases},
		{"Load", loadCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.run(newProbe(t, target)) })
			}
		})
	}
}
