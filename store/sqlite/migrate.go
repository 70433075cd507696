package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"
)

// steps are the migrations. SQLite is given what a file does as a whole, and knows by itself where each statement ends: goose's own
// reader takes 4 MiB of memory for every statement, which was half of what the start of an embedded processor cost.
func steps() ([]*goose.Migration, error) {
	list := []*goose.Migration{foundMigration()}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(path.Base(file))
		if err != nil {
			return nil, err
		}
		text, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		list = append(list, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, up); err != nil {
				return fmt.Errorf("%s: %w", path.Base(file), err)
			}
			return nil
		}}, nil))
	}
	return list, nil
}
