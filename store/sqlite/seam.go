package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"

	"sandbank/sim/outage"
)

// connector opens connections that meet faults, and whose statements stay prepared. There is no socket
// to cut: whoever asks is told what a cut socket would have told.
type connector struct {
	open func(context.Context) (sqliteConn, error)
	seam outage.Seam
}

// opened is how a connector opens the database that a DSN names.
func opened(dsn string) func(context.Context) (sqliteConn, error) {
	return func(context.Context) (sqliteConn, error) {
		c, err := connector{}.Driver().Open(dsn)
		if err != nil {
			return nil, err
		}
		return c.(sqliteConn), nil
	}
}

// Connect implements [driver.Connector].
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	return &seamed{sqliteConn: inner, seam: c.seam, prepared: statements{}}, nil
}

// Driver implements [driver.Connector].
func (connector) Driver() driver.Driver { return &sqlite.Driver{} }

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// seamed is a connection that meets a fault where a transaction begins, or something is asked outside
// of one. What has begun comes to its end.
type seamed struct {
	sqliteConn
	seam     outage.Seam
	within   bool // a transaction
	prepared statements
}

func (s *seamed) ask(ctx context.Context) error {
	if s.within || s.seam.Ask == nil {
		return nil
	}
	return s.seam.Ask(ctx)
}

// Close implements [driver.Conn].
func (s *seamed) Close() error { return errors.Join(s.prepared.close(), s.sqliteConn.Close()) }

// BeginTx implements [driver.ConnBeginTx].
func (s *seamed) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	tx, err := s.sqliteConn.BeginTx(ctx, options)
	s.within = err == nil
	return ending{tx, s}, err
}

// PrepareContext implements [driver.ConnPrepareContext]: what runs again and again stays prepared.
func (s *seamed) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.prepared.take(ctx, query, s.sqliteConn.PrepareContext)
}

// ExecContext implements [driver.ExecerContext]. By ErrSkip package sql prepares what can stay prepared.
func (s *seamed) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if repeated(query) {
		return nil, driver.ErrSkip
	}
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.sqliteConn.ExecContext(ctx, query, args)
}

// QueryContext implements [driver.QueryerContext]. By ErrSkip package sql prepares what can stay prepared.
func (s *seamed) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if repeated(query) {
		return nil, driver.ErrSkip
	}
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.sqliteConn.QueryContext(ctx, query, args)
}

// ending is a transaction whose connection is asked outside of it again when it has ended.
type ending struct {
	driver.Tx
	conn *seamed
}

// Commit implements [driver.Tx].
func (e ending) Commit() error {
	e.conn.within = false
	return e.Tx.Commit()
}

// Rollback implements [driver.Tx].
func (e ending) Rollback() error {
	e.conn.within = false
	return e.Tx.Rollback()
}
