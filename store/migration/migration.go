// Package migration reads the steps by which a database is brought up to date.
package migration

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"
)

// Steps are the migrations of a folder "migrations", a file for each: what stands before "-- +goose Down" is given to the database as a
// whole, which knows by itself where each statement ends. Goose's own reader takes 4 MiB of memory for every statement, which was
// half of what the start of an embedded processor cost.
func Steps(files fs.FS) (list []*goose.Migration, err error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		version, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		list = append(list, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, up); err != nil {
				return fmt.Errorf("%s: %w", path.Base(name), err)
			}
			return nil
		}}, nil))
	}
	return list, nil
}
