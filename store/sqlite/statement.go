package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// mostKept is how many prepared statements a connection keeps. The store has some 150 of its own; what
// is written for one occasion, such as a list with a filter, may push out another.
const mostKept = 300

// repeated reports whether a statement is one of those that the store runs again and again, and that
// stay prepared: to parse and plan one costs about as much as to run it.
func repeated(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch word {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		return true
	}
	return false
}

// statements are the prepared statements of one connection by their text.
type statements map[string]*kept

// kept is a statement that stays prepared when its user closes it.
type kept struct {
	statement
	used bool
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// Close implements [driver.Stmt]: the statement waits for its next user.
func (k *kept) Close() error {
	k.used = false
	return nil
}

// take is the kept statement of a text, which is prepared if need be. A text that is in use already
// gets a statement of its own, which ends with its use.
func (s statements) take(ctx context.Context, query string, prepare func(context.Context, string) (driver.Stmt, error)) (driver.Stmt, error) {
	if k := s[query]; k != nil && !k.used {
		k.used = true
		return k, nil
	}
	fresh, err := prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, able := fresh.(statement)
	if !able || s[query] != nil || !repeated(query) {
		return fresh, nil
	}
	if err := s.room(); err != nil {
		return nil, errors.Join(err, fresh.Close())
	}
	k := &kept{inner, true}
	s[query] = k
	return k, nil
}

// room closes a statement that nobody uses, where as many are kept as may be.
func (s statements) room() error {
	if len(s) < mostKept {
		return nil
	}
	for query, k := range s {
		if !k.used {
			delete(s, query)
			return k.statement.Close()
		}
	}
	return nil
}

// close closes all.
func (s statements) close() error {
	var all []error
	for _, k := range s {
		all = append(all, k.statement.Close())
	}
	clear(s)
	return errors.Join(all...)
}
