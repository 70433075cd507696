package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"modernc.org/sqlite"

	"sandbank/sim/outage"
)

// template is an empty database in memory that was brought up to date, of which this process's further ones are copies: to
// copy it takes a tenth of the time in which the migrations make it, and a test suite, or the runner of scenarios, opens hundreds.
// A process that opens a single one has none. Package-level state is right here, since migrations are the same for all.
var template struct {
	sync.Mutex
	asked bool
	made  copier
}

// copier is what the driver's connections can do with other databases.
type copier interface {
	NewBackup(uri string) (*sqlite.Backup, error)
}

// copied is a new database in memory; nil for the process's first, which has none to be copied from.
func copied(ctx context.Context, seam outage.Seam) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable("sqlite.open", err)
	}
	dsn, err := dsn("")
	if err != nil {
		return nil, err
	}
	conn, err := copiedConn(ctx, dsn)
	if conn == nil || err != nil {
		return nil, err
	}
	s := single(connector{func(context.Context) (sqliteConn, error) { return conn, nil }, seam})
	// The pool takes it now, also for a caller who does not wait any more, and closes it from here on.
	if err := onConn(context.WithoutCancel(ctx), s.write, func(serial) error { return nil }); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func copiedConn(ctx context.Context, dsn string) (sqliteConn, error) {
	template.Lock()
	defer template.Unlock()
	if !template.asked {
		template.asked = true
		return nil, nil
	}
	if template.made == nil {
		made, err := makeTemplate(ctx, dsn)
		if err != nil {
			return nil, err
		}
		template.made = made
	}
	conn, err := copyOf(template.made, dsn)
	if err != nil {
		return nil, fmt.Errorf("sqlite: a database in memory cannot be copied: %w", err)
	}
	return conn, nil
}

func copyOf(made copier, dsn string) (sqliteConn, error) {
	to, err := made.NewBackup(dsn)
	if err != nil {
		return nil, err
	}
	more, err := to.Step(-1) // all pages at once
	if more {
		err = errors.New("some of its pages are left")
	}
	if err != nil {
		return nil, errors.Join(err, to.Finish())
	}
	conn, err := to.Commit()
	if err != nil {
		return nil, err
	}
	return conn.(sqliteConn), nil
}

// makeTemplate makes it by the migrations. Only its connection is kept: a pool would keep a goroutine.
func makeTemplate(ctx context.Context, dsn string) (copier, error) {
	conn, err := opened(dsn)(ctx)
	if err != nil {
		return nil, err
	}
	s := single(connector{open: func(context.Context) (sqliteConn, error) { return lasting{conn}, nil }})
	if err := errors.Join(s.prepare(ctx), s.Close()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	made, ok := conn.(copier)
	if !ok {
		return nil, errors.Join(errors.New("sqlite: the driver cannot copy databases"), conn.Close())
	}
	return made, nil
}

// lasting is a connection that outlives its pool.
type lasting struct{ sqliteConn }

// Close implements [driver.Conn].
func (lasting) Close() error { return nil }
