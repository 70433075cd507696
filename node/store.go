package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sandbank/sim/outage"
	"sandbank/store"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
)

// Store is where a node keeps everything.
type Store = store.Store

// OpenStore opens a database, and makes it where it is not there. The caller closes it.
func OpenStore(ctx context.Context, d Database) (Store, error) {
	return openStore(ctx, d, outage.Seam{})
}

// openStore is [OpenStore] with a seam at which the database meets faults.
func openStore(ctx context.Context, d Database, seam outage.Seam) (Store, error) {
	if d.URL != "" {
		s, err := postgres.OpenBy(ctx, d.URL.Reveal(), seam)
		if err != nil { // and no store, rather than one that is nil
			return nil, &FieldError{Field: "Store.URL", Err: err}
		}
		return s, nil
	}
	s, err := sqlite.OpenBy(ctx, d.Folder, seam)
	if err != nil {
		return nil, &FieldError{Field: "Store.Folder", Value: fmt.Sprintf("%q", d.Folder), Err: err}
	}
	return s, nil
}

// OpenKept opens an existing database, for commands that read kept data. It makes no folder and
// no file.
func OpenKept(ctx context.Context, d Database) (Store, error) {
	if d.URL == "" {
		file := filepath.Join(d.Folder, sqlite.FileName)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, &FieldError{
				Field: "Store.Folder", Value: fmt.Sprintf("%q", d.Folder),
				Err: fmt.Errorf("there is no database: %s does not exist; name the folder that a processor was given as --data", file),
			}
		}
	}
	return OpenStore(ctx, d)
}
