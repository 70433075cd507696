package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/clock"
)

// Dialer opens one fresh connection. The name shows operators of the broker the
// connection's purpose.
type Dialer func(ctx context.Context, name string) (*amqp.Connection, error)

// heartbeat is how often the two ends check each other.
const heartbeat = 10 * time.Second

// URL dials an amqp:// or amqps:// address over the network. Of several, separated by commas, which are the nodes of one
// cluster, it dials the one that answered last, and the others in turn where that one does not answer.
func URL(addresses string) (Dialer, error) { return SecureURL(addresses, nil) }

// SecureURL is [URL] with TLS settings for an amqps:// address: the authorities
// to trust and the certificate to show. With nil it trusts the system's
// authorities and shows none.
func SecureURL(addresses string, with *tls.Config) (Dialer, error) {
	return SecureURLBy(addresses, with, func(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
		return dial(ctx)
	})
}

// SecureURLBy is [SecureURL] with a say in each network connection: by dials it, or does not.
func SecureURLBy(addresses string, with *tls.Config, by func(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error)) (Dialer, error) {
	if _, err := parseNodes(addresses); err != nil {
		return nil, err
	}
	return anyNode(Nodes(addresses), func(ctx context.Context, address, name string) (*amqp.Connection, error) {
		c := config(name, func(network, addr string) (net.Conn, error) {
			d := net.Dialer{Timeout: 10 * time.Second}
			conn, err := by(ctx, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, network, addr) })
			return dialed(ctx, conn, err)
		})
		if with != nil {
			c.TLSClientConfig = with.Clone() // the library writes the server's name into it
		}
		return amqp.DialConfig(address, c)
	}), nil
}

// InProcess dials a broker in this process through the given function, with the
// user and password of the address; the rest of the address is not used.
func InProcess(address string, dial func(ctx context.Context) (net.Conn, error)) Dialer {
	return func(ctx context.Context, name string) (*amqp.Connection, error) {
		return amqp.DialConfig(address, config(name, func(string, string) (net.Conn, error) {
			conn, err := dial(ctx)
			return dialed(ctx, conn, err)
		}))
	}
}

func config(name string, dial func(network, addr string) (net.Conn, error)) amqp.Config {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(name)
	return amqp.Config{
		Heartbeat: heartbeat, Properties: properties, Locale: "en_US",
		Dial: func(network, addr string) (net.Conn, error) {
			c, err := dial(network, addr)
			if err != nil {
				return nil, err
			}
			// The library expects a deadline for the handshake, and lifts it
			// afterwards.
			return c, c.SetDeadline(time.Now().Add(10 * time.Second))
		},
	}
}

// Declare runs one declaration over a connection made for it alone.
func Declare(ctx context.Context, dial Dialer, declare func(*amqp.Channel) error) error {
	conn, err := dial(ctx, "topology")
	if err != nil {
		return fmt.Errorf("broker: connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("broker: open a channel: %w", err)
	}
	return declare(ch)
}

// backoff waits longer after each failure in a row, up to two seconds.
type backoff struct{ failures int }

func (b *backoff) reset() { b.failures = 0 }

func (b *backoff) wait(ctx context.Context) error {
	d := min(2*time.Second, 50*time.Millisecond<<min(b.failures, 8))
	b.failures++
	return clock.Pause(ctx, d)
}
