package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// PostgresOptions says how a private PostgreSQL differs from the plain one.
type PostgresOptions struct {
	// Fast gives up durability against a power cut (fsync, synchronous_commit): for tests that
	// do not kill the server. Never for a benchmark.
	Fast bool
	// Settings are further server settings, by name.
	Settings map[string]string
}

// Postgres is a private database server, listening on loopback. By default every commit is
// durable. Its methods may be called from several goroutines.
type Postgres struct {
	room     *room
	programs postgresPrograms
	owner    *owner
	port     int
	password string
	option   PostgresOptions

	mu     sync.Mutex
	server *process
}

// StartPostgres starts a private server with an empty database and returns when it answers a
// query. The context bounds the start only; the server runs until Stop.
func StartPostgres(ctx context.Context, options PostgresOptions) (*Postgres, error) {
	programs, err := findPostgres()
	if err != nil {
		return nil, err
	}
	p, err := newPostgres(programs, options)
	if err != nil {
		return nil, err
	}
	if err := p.initialise(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	if err := p.Restart(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// URL returns the URL of the database that exists from the start.
func (p *Postgres) URL() string { return p.DatabaseURL("postgres") }

// DatabaseURL returns the URL of the named database.
func (p *Postgres) DatabaseURL(name string) string {
	return fmt.Sprintf("postgres://postgres:%s@%s/%s?sslmode=disable", p.password, p.Address(), name)
}

// Address returns the host and port of the server, for a proxy to stand before it.
func (p *Postgres) Address() string { return address(p.port) }

// CreateDatabase makes an empty database and returns its URL.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) (string, error) {
	if err := p.execute(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", err
	}
	return p.DatabaseURL(name), nil
}

// DropDatabase removes a database, and its remaining connections.
func (p *Postgres) DropDatabase(ctx context.Context, name string) error {
	return p.execute(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}

func (p *Postgres) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.URL())
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("engine: %s: %w", statement, err)
	}
	return nil
}

// Kill ends the server and all its sessions at once (kill -9). Its data stays for Restart.
func (p *Postgres) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return nil
	}
	return p.server.kill()
}

// Shutdown ends the server politely: sessions are closed, a checkpoint is written. Its data stays
// for Restart.
func (p *Postgres) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return nil
	}
	return p.server.shutdown(ctx, syscall.SIGINT)
}

// Restart starts the server again on the same port and data, and returns when it answers. A
// running server is killed first.
func (p *Postgres) Restart(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		if err := p.server.kill(); err != nil {
			return err
		}
	}
	if err := p.startServer(); err != nil {
		return err
	}
	return awaitReady(ctx, p.server, p.probe)
}

// Stop ends the server for good and removes its data. Stopping twice is fine.
func (p *Postgres) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	if p.server != nil {
		err = p.end()
		p.releaseMemory()
	}
	p.server = nil
	return errors.Join(err, p.room.remove())
}

// end prefers the server's own immediate shutdown to a kill: it writes nothing either, but gives
// its shared memory back to the system.
func (p *Postgres) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	return p.server.shutdown(ctx, syscall.SIGQUIT)
}
