package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Rows is every row of every table, in order, as text. With it tests see that a
// refused operation changed nothing, and search for forbidden content.
func (s *Store) Rows(ctx context.Context) (found map[string][]string, err error) {
	found = map[string][]string{}
	err = s.inTx(ctx, "sqlite.rows", func(t *tx) error {
		var tables []string
		err := rows(ctx, t.tx, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`, nil, func(scan scan) error {
			var name string
			err := scan(&name)
			tables = append(tables, name)
			return err
		})
		if err != nil {
			return err
		}
		for _, name := range tables {
			if found[name], err = t.rowsOf(name); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// rowsOf reads a whole table, ordered by its columns, the keys first.
func (t *tx) rowsOf(table string) (list []string, err error) {
	r, err := t.tx.QueryContext(t.ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	columns, err := r.Columns()
	if err != nil {
		return nil, err
	}
	cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for r.Next() {
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		var b strings.Builder
		for i, name := range columns {
			if cells[i] == nil { // not the same as nothing in it
				_, _ = fmt.Fprintf(&b, "%s=NULL\n", name)
				continue
			}
			text := []byte(cells[i])
			if plain, err := theCodec().out.DecodeAll(text, nil); err == nil {
				text = plain
			}
			_, _ = fmt.Fprintf(&b, "%s=%q\n", name, text)
		}
		list = append(list, b.String())
	}
	slices.Sort(list)
	return list, r.Err()
}
