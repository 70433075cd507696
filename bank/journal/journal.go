// Package journal keeps the journals of all banks of one process in a SQLite
// file, one line for each record. Lines are appended and never changed. Only one
// process at a time can open the file; a second one gets an error.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/go-json-experiment/json"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sandbank/bank/book"
)

// FileName is the journal's name inside the data folder.
const FileName = "banks.db"

// File is an open journal file.
type File struct {
	db *sql.DB
	mu sync.Mutex // one append at a time; the connection is the only one
}

// ErrInUse is the error for a folder that another process uses.
var ErrInUse = errors.New("another process keeps its banks' journal there; end that one, or choose a folder for this one alone")

// schema is run by every process that opens the file. Its triggers enforce that
// lines are appended and never changed.
const schema = `
CREATE TABLE IF NOT EXISTS journal (
	bank   TEXT    NOT NULL,
	number INTEGER NOT NULL,
	record TEXT    NOT NULL,
	PRIMARY KEY (bank, number)
) WITHOUT ROWID, STRICT;
CREATE TRIGGER IF NOT EXISTS journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END;
CREATE TRIGGER IF NOT EXISTS journal_unchanged BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END;
`

// Open opens the journal file in a folder, which it makes if necessary, and
// locks it. If another process has it open, the error is [ErrInUse].
func Open(ctx context.Context, folder string) (*File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("journal: the data folder cannot be made: %w", err)
	}
	// The lock is exclusive. It is taken with the first write and kept until the
	// process ends, also by a kill. FULL: a line is on disk before its
	// consequences are published.
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {"locking_mode(exclusive)", "journal_mode(wal)", "synchronous(full)", "cache_size(-2000)"}}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, FileName)+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxIdleTime(0)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		_ = db.Close()
		if busy(err) {
			return nil, fmt.Errorf("journal: %s: %w", folder, ErrInUse)
		}
		return nil, fmt.Errorf("journal: %s: %w", filepath.Join(folder, FileName), err)
	}
	return &File{db: db}, nil
}

func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Close closes the file.
func (f *File) Close() error { return f.db.Close() }

// Of returns the journal of one bank. It is for one goroutine at a time.
func (f *File) Of(bic string) *Journal { return &Journal{file: f, bank: bic} }

// Journal is one bank's part of the file.
type Journal struct {
	file *File
	bank string
	last int64 // number of the last line
	read bool  // whether last is known
}

// Append adds all of the lines or none. After a failure, the same call again
// adds them once: a line's number is its key, and an existing line stays.
func (j *Journal) Append(ctx context.Context, records []book.Record) error {
	j.file.mu.Lock()
	defer j.file.mu.Unlock()
	tx, err := j.file.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if !j.read {
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM journal WHERE bank = ?`, j.bank).Scan(&j.last); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		j.read = true
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO journal (bank, number, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = insert.Close() }()
	for i, r := range records {
		body, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("journal: write a record: %w", err)
		}
		if _, err := insert.ExecContext(ctx, j.bank, j.last+int64(i)+1, string(body)); err != nil {
			return fmt.Errorf("journal: append: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("journal: append: %w", err)
	}
	j.last += int64(len(records))
	return nil
}

// Replay passes the bank's lines to f, in order.
func (j *Journal) Replay(ctx context.Context, each func(book.Record) error) error {
	rows, err := j.file.db.QueryContext(ctx, `SELECT number, record FROM journal WHERE bank = ? ORDER BY number`, j.bank)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	j.last = 0
	for rows.Next() {
		var body []byte
		var r book.Record
		number := j.last
		if err := rows.Scan(&j.last, &body); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if j.last != number+1 {
			return fmt.Errorf("journal: line %d of %s is missing", number+1, j.bank)
		}
		if err := json.Unmarshal(body, &r); err != nil {
			return fmt.Errorf("journal: line %d of %s: %w", j.last, j.bank, err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
	j.read = true
	return rows.Err()
}
