package sqlite

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"

	"sandbank/sim/outage"
)

// connector opens connections that meet faults. There is no socket to cut: whoever asks is told what
// a cut socket would have told.
type connector struct {
	dsn  string
	seam outage.Seam
}

// Connect implements [driver.Connector].
func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.Driver().Open(c.dsn)
	if err != nil || c.seam.Ask == nil {
		return inner, err
	}
	return &seamed{sqliteConn: inner.(sqliteConn), seam: c.seam}, nil
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
	seam   outage.Seam
	within bool // a transaction
}

func (s *seamed) ask(ctx context.Context) error {
	if s.within {
		return nil
	}
	return s.seam.Ask(ctx)
}

// BeginTx implements [driver.ConnBeginTx].
func (s *seamed) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	tx, err := s.sqliteConn.BeginTx(ctx, options)
	s.within = err == nil
	return ending{tx, s}, err
}

// PrepareContext implements [driver.ConnPrepareContext].
func (s *seamed) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.sqliteConn.PrepareContext(ctx, query)
}

// ExecContext implements [driver.ExecerContext].
func (s *seamed) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.sqliteConn.ExecContext(ctx, query, args)
}

// QueryContext implements [driver.QueryerContext].
func (s *seamed) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
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
