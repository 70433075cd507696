// Package postgres is the store for any number of processors side by side. A
// commit is two round trips, whatever it carries: the rows of a batch
// travel as arrays. Rows are locked in the order of their keys, so that batches
// meet but never embrace.
package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"sandbank/fault"
	"sandbank/sim/outage"
	"sandbank/store/migration"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements the store interfaces of the floor below.
type Store struct {
	pool *pgxpool.Pool // for rows by their keys
	scan *pgxpool.Pool // for what reads whole tables
	news *notifier
}

// Open connects and brings the database up to date, under a lock that other
// processors wait for. Changes made here are announced to the other processors
// on the same database; see [Store.Listen].
func Open(ctx context.Context, address string) (*Store, error) {
	return OpenBy(ctx, address, outage.Seam{})
}

// OpenBy is [Open] with a seam at which the database meets faults.
func OpenBy(ctx context.Context, address string, seam outage.Seam) (*Store, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("postgres: the database URL is not valid: %w", hide(err))
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "sandbank"
	}
	config.MaxConns = max(config.MaxConns, 10)
	config.AfterConnect = setUp(everywhere)
	meetFaults(config, seam)
	keyed := config.Copy()
	keyed.AfterConnect = setUp(everywhere, byIndex)
	s := &Store{}
	if s.scan, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("postgres: %w", hide(err))
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, keyed); err != nil {
		s.scan.Close()
		return nil, fmt.Errorf("postgres: %w", hide(err))
	}
	if err := s.migrate(ctx); err != nil {
		s.closePools()
		return nil, err
	}
	s.news = newNotifier(s.pool)
	return s, nil
}

// hide keeps the password of a database URL out of an error.
func hide(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return errors.New("write it as postgres://user:password@host:5432/database")
	}
	return err
}

func (s *Store) migrate(ctx context.Context) error {
	list, err := migration.Steps(migrations)
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, nil, goose.WithGoMigrations(list...), goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("postgres: the database cannot be reached or brought up to date: %w", err)
	}
	return nil
}

// Close sends the waiting notices and closes all connections.
func (s *Store) Close() error {
	s.news.close()
	s.closePools()
	return nil
}

func (s *Store) closePools() {
	s.pool.Close()
	s.scan.Close()
}

// Ping reports whether the database can be written to.
func (s *Store) Ping(ctx context.Context, bytes int) error {
	value := make([]byte, bytes)
	_, _ = rand.Read(value) // what is all alike would be compressed; it never fails
	_, err := s.pool.Exec(ctx, `INSERT INTO secrets (name, value) VALUES ('ping', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, value)
	return classify("postgres.ping", err)
}

// SQLSTATE codes, from appendix A of PostgreSQL's documentation.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// maxTries bounds how often a transaction that met another is tried.
const maxTries = 5

// again reports whether a transaction is worth another try: it met another one.
// A unique violation counts, since the other one may have taken the key between
// the look and the write; the next look sees it.
func again(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == uniqueViolation || e.Code == serializationFailure || e.Code == deadlockDetected
}

// classify turns the driver's errors into faults, by code and never by text.
func classify(op string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var e *pgconn.PgError
	if errors.As(err, &e) && !transient(e.Code) {
		f := fault.From(err)
		f.Op = op
		return f
	}
	// Everything that is not the server's considered answer is a server away.
	f := fault.New(fault.Unavailable, "store_unavailable", "The database cannot take this right now.").
		Hinting("Try again in a moment.").Because(err)
	f.Op = op
	return f
}

// transient tells the classes of errors that pass by themselves: connection
// exceptions, insufficient resources, operator intervention, system errors and
// meetings of transactions.
func transient(code string) bool {
	switch code[:2] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return false
}

// meeting runs f in a transaction that may take locks in another order than
// others: after a deadlock it is run again, so f starts from nothing.
func (s *Store) meeting(ctx context.Context, op string, f func(pgx.Tx) error) error {
	return classify(op, repeated(func() error { return pgx.BeginFunc(ctx, s.pool, f) }))
}

// atOnce carries out statements in a transaction and in one round trip: none of them needs what another
// answers. It meets others as meeting does.
func (s *Store) atOnce(ctx context.Context, op string, queue func(*pgx.Batch)) error {
	return classify(op, repeated(func() error {
		return s.onConn(ctx, func(conn *pgxpool.Conn) error {
			b := &pgx.Batch{}
			b.Queue(`BEGIN`)
			queue(b)
			b.Queue(`COMMIT`)
			return conn.SendBatch(ctx, b).Close()
		})
	}))
}

// repeated tries a transaction again that met another one.
func repeated(try func() error) (err error) {
	for range maxTries {
		if err = try(); err == nil || !again(err) {
			break
		}
	}
	return err
}

// onConn lends f a connection, on which it begins and ends a transaction by itself. What an error left open is
// rolled back.
func (s *Store) onConn(ctx context.Context, f func(*pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	err = f(conn)
	if err != nil && !conn.Conn().IsClosed() {
		if _, rollback := conn.Exec(context.WithoutCancel(ctx), `ROLLBACK`); rollback != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
	}
	return err
}

// inTx runs f in a transaction.
func (s *Store) inTx(ctx context.Context, op string, f func(pgx.Tx) error) error {
	return classify(op, pgx.BeginFunc(ctx, s.pool, f))
}
