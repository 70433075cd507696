package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared holds the servers of this test binary. Package-level state is right here and only here:
// TestMain and the tests have no other place in common.
var shared struct {
	rabbitMQ lazy[*RabbitMQ]
	postgres lazy[*Postgres]
}

// A stopper is a server that can be ended for good.
type stopper interface{ Stop() error }

// lazy starts a server on first use. A failed start is not tried again: every test that needs
// the server then fails at once, with the first error.
type lazy[S stopper] struct {
	once    sync.Once
	server  S
	err     error
	started bool
}

func (l *lazy[S]) get(start func() (S, error)) (S, error) {
	l.once.Do(func() {
		l.server, l.err = start()
		l.started = l.err == nil
	})
	return l.server, l.err
}

// stop ends the server if it was started.
func (l *lazy[S]) stop() error {
	if !l.started {
		return nil
	}
	return l.server.Stop()
}

// Main runs a test binary's tests, ends the servers its tests shared, and exits. The checks, if
// any, run after the servers are gone and before the exit, for instance a search for leaked
// goroutines; an error fails the run.
func Main(m *testing.M, checks ...func() error) {
	code := m.Run()
	err := stopShared()
	for _, check := range checks {
		if code == 0 && err == nil {
			err = check()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func stopShared() error {
	return errors.Join(shared.rabbitMQ.stop(), shared.postgres.stop())
}

// SharedRabbitMQ returns the test binary's own broker and starts it if need be. TestMain must end
// in Main. A test that kills, restarts or reconfigures its broker takes a PrivateRabbitMQ.
func SharedRabbitMQ(t testing.TB) *RabbitMQ {
	t.Helper()
	broker, err := shared.rabbitMQ.get(func() (*RabbitMQ, error) {
		return StartRabbitMQ(context.Background(), RabbitMQOptions{})
	})
	if err != nil {
		t.Fatal(err)
	}
	return broker
}

// SharedPostgres returns the test binary's own database server and starts it if need be. It is a
// Fast one. TestMain must end in Main.
func SharedPostgres(t testing.TB) *Postgres {
	t.Helper()
	server, err := shared.postgres.get(func() (*Postgres, error) {
		return StartPostgres(context.Background(), PostgresOptions{Fast: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// VirtualHost returns the AMQP URL of a fresh virtual host on the shared broker, for the test
// alone. Its contents end with the broker.
func VirtualHost(t testing.TB) string {
	t.Helper()
	broker := SharedRabbitMQ(t)
	url, err := broker.AddVirtualHost(context.Background(), "test-"+randomName())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Database returns the URL of a fresh, empty database on the shared server, for the test alone.
// It takes less than a tenth of a second.
func Database(t testing.TB) string {
	t.Helper()
	server, name := SharedPostgres(t), "test_"+randomName()
	url, err := server.CreateDatabase(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return url
}

// PrivateRabbitMQ starts a broker for the test alone, to be killed and restarted at will.
func PrivateRabbitMQ(t testing.TB, options RabbitMQOptions) *RabbitMQ {
	t.Helper()
	broker, err := StartRabbitMQ(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, broker)
	return broker
}

// PrivatePostgres starts a database server for the test alone, to be killed and restarted at will.
func PrivatePostgres(t testing.TB, options PostgresOptions) *Postgres {
	t.Helper()
	server, err := StartPostgres(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server)
	return server
}

// Browser returns a context for chromedp with a private Chromium, which ends with the test.
func Browser(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel, err := Chromium(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return ctx
}

func stopAfter(t testing.TB, server stopper) {
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
}
