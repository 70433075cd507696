package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sandbank/audit/trail"
	"sandbank/broker/outbox"
	"sandbank/clock"
	"sandbank/event/sink"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
	"sandbank/web/oauth"
	"sandbank/webhook"
)

// Store is what both databases offer to the parts of a node.
type Store interface {
	processor.Store
	outbox.Store
	webhook.Store
	sink.Store
	invariant.Source
	oauth.Store
	trail.Store
	Close() error
}

// OpenStore opens a database, and makes it where it is not there. The caller closes it.
func OpenStore(ctx context.Context, d Database) (Store, error) {
	lease := func() time.Time { return clock.Real{}.Now().Add(outbox.Lease) }
	if d.URL != "" {
		s, err := postgres.Open(ctx, d.URL.Reveal(), lease)
		if err != nil { // and no store, rather than one that is nil
			return nil, &FieldError{Field: "Store.URL", Err: err}
		}
		return s, nil
	}
	s, err := sqlite.Open(ctx, d.Folder, lease)
	if err != nil {
		return nil, &FieldError{Field: "Store.Folder", Value: fmt.Sprintf("%q", d.Folder), Err: err}
	}
	return s, nil
}

// OpenKept opens a database that there is, for commands that look at what was kept. It makes no
// folder and no file.
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
