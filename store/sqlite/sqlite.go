// Package sqlite is the embedded store: one file, or memory. It holds to the
// same conformance suite as package postgres; there is one writer, so a commit
// never meets another.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sandbank/fault"
	"sandbank/processor"
	"sandbank/sim/outage"
	"sandbank/store/migration"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database's name inside the data folder.
const FileName = "sandbank.db"

// Store implements the store interfaces of the floor below.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB // several for a file, the same as write in memory
}

// Open opens the database in a folder, which it makes if need be, or in memory
// where folder is "". The outbox of a former process is free at once: there is
// only ever one process.
func Open(ctx context.Context, folder string) (*Store, error) {
	return OpenBy(ctx, folder, outage.Seam{})
}

// OpenBy is [Open] with a seam at which the database meets faults.
func OpenBy(ctx context.Context, folder string, seam outage.Seam) (*Store, error) {
	if folder == "" {
		if s, err := copied(ctx, seam); s != nil || err != nil {
			return s, err
		}
	}
	s, err := bare(folder, seam)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// bare is a store whose database is not brought up to date.
func bare(folder string, seam outage.Seam) (*Store, error) {
	dsn, err := dsn(folder)
	if err != nil {
		return nil, err
	}
	s := single(connector{opened(dsn), seam})
	if folder != "" {
		s.read = sql.OpenDB(connector{opened(dsn), seam})
		s.read.SetMaxOpenConns(4)
	}
	return s, nil
}

// single is a store that reads and writes by one connection, which it keeps.
func single(c connector) *Store {
	write := sql.OpenDB(c)
	write.SetMaxOpenConns(1)
	write.SetConnMaxIdleTime(0)
	write.SetMaxIdleConns(1)
	return &Store{write: write, read: write}
}

// memoryPage is the page size of a database in memory, in bytes. The driver's
// allocator rounds small blocks up to a power of two, and a page is always a little
// longer than one: a page of SQLite's default of 4 KiB occupies 8. Up to 32 KiB the
// pages also share their regions of 64 KiB with what commits use and free, and keep
// the rest of them occupied. Pages of 64 KiB have regions of their own, of which only
// what is used is resident, and documents fit into them whole, instead of spilling
// each into a page of its own. A complete payment takes 12 KB of memory so, 16 KB with
// pages of 32 KiB and 25 KB with 16 (bench --footprint 0); smaller pages would not make
// it cheaper, since the chunks of journals are kept (journal.go).
const memoryPage = 64 << 10

func dsn(folder string) (string, error) {
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"foreign_keys(1)", "busy_timeout(5000)", "temp_store(memory)", "cache_size(-8000)",
	}}
	if folder == "" {
		options.Set("mode", "memory")
		options["_pragma"] = append(options["_pragma"], "page_size("+strconv.Itoa(memoryPage)+")")
		return "file:sandbank?" + options.Encode(), nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("sqlite: the data folder cannot be made: %w", err)
	}
	// FULL: a commit is on disk before its caller hears of it.
	options["_pragma"] = append(options["_pragma"], "journal_mode(wal)", "synchronous(full)")
	return "file:" + filepath.Join(folder, FileName) + "?" + options.Encode(), nil
}

func (s *Store) prepare(ctx context.Context) error {
	list, err := migration.Steps(migrations)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.write, nil, goose.WithGoMigrations(append(list, foundMigration())...))
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("sqlite: the database cannot be brought up to date: %w", err)
	}
	for _, free := range []string{
		`UPDATE outbox SET until = 0`,
		`UPDATE deliveries SET until = 0 WHERE status = 'pending'`,
	} {
		if _, err := s.write.ExecContext(ctx, free); err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	return nil
}

// Listen implements the store: there is no other processor to hear of.
func (*Store) Listen(ctx context.Context, _ processor.Ears) { <-ctx.Done() }

// Close closes the database.
func (s *Store) Close() error {
	if s.read != s.write {
		_ = s.read.Close()
	}
	return s.write.Close()
}

// Ping reports whether the database can be written to.
func (s *Store) Ping(ctx context.Context, bytes int) error {
	return s.inTx(ctx, "sqlite.ping", func(t *tx) error {
		return t.exec(`INSERT INTO secrets (name, value) VALUES ('ping', randomblob(?)) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, bytes)
	})
}

// inTx runs f in the one writing transaction. What has begun comes to its end, whether or not its caller
// still waits: a context that can end would cost each statement a goroutine that watches it.
func (s *Store) inTx(ctx context.Context, op string, f func(*tx) error) (err error) {
	raw, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return classify(op, err)
	}
	defer func() {
		if err != nil {
			_ = raw.Rollback()
		}
	}()
	if err := f(&tx{ctx: context.WithoutCancel(ctx), tx: raw}); err != nil {
		return classify(op, err)
	}
	return classify(op, raw.Commit())
}

// tx runs statements inside a transaction.
type tx struct {
	ctx context.Context
	tx  *sql.Tx
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, query, args...)
	return err
}

// each runs one statement for many rows.
func (t *tx) each(query string, n int, args func(i int) []any) error {
	if n == 0 {
		return nil
	}
	stmt, err := t.tx.PrepareContext(t.ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for i := range n {
		if _, err := stmt.ExecContext(t.ctx, args(i)...); err != nil {
			return err
		}
	}
	return nil
}

// classify turns the driver's errors into faults, by code and never by text.
func classify(op string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return unavailable(op, err)
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(op, err)
	}
	e2 := fault.From(err)
	e2.Op = op
	return e2
}

func unavailable(op string, err error) error {
	e := fault.New(fault.Unavailable, "store_unavailable", "The database cannot take this right now.").
		Hinting("Try again in a moment.").Because(err)
	e.Op = op
	return e
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// orZero is an instant that may be missing, the zero time where it is.
func orZero(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return fromMicros(us.Int64)
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
