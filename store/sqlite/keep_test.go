package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"sandbank/store"
	"sandbank/store/sqlite"
	"sandbank/store/storetest"
)

// Nothing but the one way lets anything go, whoever writes to the database.
func TestSchema_KeepsWhatIsNotLetGo(t *testing.T) {
	folder := t.TempDir()
	storetest.Frozen(t, func(t *testing.T) store.Store {
		s, err := sqlite.Open(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}, func(statement string) error {
		beside, err := sql.Open("sqlite", filepath.Join(folder, sqlite.FileName)+"?_pragma=busy_timeout(30000)")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = beside.Close() }()
		_, err = beside.ExecContext(t.Context(), statement)
		return err
	})
}
