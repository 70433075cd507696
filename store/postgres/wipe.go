package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/jackc/pgx/v5"
)

// made matches what a migration makes.
var made = regexp.MustCompile(`(?m)^CREATE (?:OR REPLACE )?(TABLE|FUNCTION) ([a-z_]+)`)

// Wipe removes everything that this package has made in a database, so that [Open] begins with an empty
// one. Nothing may work on it meanwhile. What others have in it stays.
func Wipe(ctx context.Context, address string) (err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("postgres: %w", hide(err))
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		drop := func(kind, name string) error {
			_, err := tx.Exec(ctx, "DROP "+kind+" IF EXISTS "+pgx.Identifier{name}.Sanitize()+" CASCADE")
			return err
		}
		err := fs.WalkDir(migrations, "migrations", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(migrations, path)
			for _, m := range made.FindAllSubmatch(text, -1) {
				err = errors.Join(err, drop(string(m[1]), string(m[2])))
			}
			return err
		})
		return errors.Join(err, drop("TABLE", "goose_db_version"))
	})
}
