package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"sandbank/sim/outage"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "")
	if err != nil {
		t.Fatalf("opening a database in memory: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// preparedOf looks at the statements that the one connection of a store keeps.
func preparedOf(t *testing.T, s *Store, look func(statements)) {
	t.Helper()
	conn, err := s.write.Conn(t.Context())
	if err != nil {
		t.Fatalf("taking the connection: %v", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Raw(func(c any) error { look(c.(*seamed).prepared); return nil }); err != nil {
		t.Fatalf("looking at the connection: %v", err)
	}
}

func TestStatements_StayPreparedAndAreNotSharedWhileInUse(t *testing.T) {
	s := open(t)
	const query = `SELECT value FROM json_each('[1,2,3]')`
	read := func() (n int) {
		outer, err := s.inOne(t, func(tx *sql.Tx) (int, error) {
			rows, err := tx.QueryContext(t.Context(), query)
			if err != nil {
				return 0, err
			}
			defer func() { _ = rows.Close() }()
			sum := 0
			for rows.Next() {
				var value, within int
				if err := rows.Scan(&value); err != nil {
					return 0, err
				}
				// The same text, while its statement stands at a row.
				if err := tx.QueryRowContext(t.Context(), query).Scan(&within); err != nil {
					return 0, err
				}
				sum += 10*value + within
			}
			return sum, rows.Err()
		})
		if err != nil {
			t.Fatalf("reading the same text within itself: %v", err)
		}
		return outer
	}
	for range 3 {
		if got := read(); got != 63 {
			t.Errorf("reading 1, 2 and 3, and the first within each: expected 63, got %d", got)
		}
	}
	preparedOf(t, s, func(p statements) {
		k := p[query]
		if k == nil || k.used {
			t.Errorf("after its users have gone: expected the statement kept and free, got %+v", k)
		}
	})
}

// inOne runs f in a transaction of the driver's.
func (s *Store) inOne(t *testing.T, f func(*sql.Tx) (int, error)) (int, error) {
	tx, err := s.write.BeginTx(t.Context(), nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	return f(tx)
}

func TestStatements_AreBounded(t *testing.T) {
	s := open(t)
	for i := range mostKept + 50 {
		var got int
		if err := s.read.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT %d`, i)).Scan(&got); err != nil || got != i {
			t.Fatalf("SELECT %d: got %d, %v", i, got, err)
		}
	}
	preparedOf(t, s, func(p statements) {
		if len(p) > mostKept {
			t.Errorf("after %d texts: expected at most %d kept statements, got %d", mostKept+50, mostKept, len(p))
		}
	})
}

// A fault at the seam is met by what is prepared already, too.
func TestStatements_MeetFaults(t *testing.T) {
	refused := fmt.Errorf("refused on purpose")
	var fail bool
	s, err := OpenBy(t.Context(), "", outage.Seam{Ask: func(context.Context) error {
		if fail {
			return refused
		}
		return nil
	}})
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	defer func() { _ = s.Close() }()
	ask := func() error { var n int; return s.read.QueryRowContext(t.Context(), `SELECT 1`).Scan(&n) }
	if err := ask(); err != nil {
		t.Fatalf("before the fault: %v", err)
	}
	if fail = true; ask() == nil {
		t.Error("during the fault: expected an error, got none")
	}
	if fail = false; ask() != nil {
		t.Error("after the fault: expected an answer, got an error")
	}
}
