package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sandbank/store"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
)

// Store is where a node keeps everything.
type Store = store.Store

// OpenStore opens a database, and makes it where it is not there. The caller closes it.
func OpenStore(ctx context.Context, d Database) (Store, error) {
	if d.URL != "" {
		s, err := postgres.Open(ctx, d.URL.Reveal())
		if err != nil { // and no store, rather than one that is nil
			return nil, &FieldError{Field: "Store.URL", Err: err}
		}
		return s, nil
	}
	s, err := sqlite.Open(ctx, d.Folder)
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
