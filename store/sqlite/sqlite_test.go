package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"sandbank/store"
	"sandbank/store/sqlite"
	"sandbank/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory_Conforms(t *testing.T) { storetest.Run(t, open(func(*testing.T) string { return "" })) }

func TestFile_Conforms(t *testing.T) { storetest.Run(t, open((*testing.T).TempDir)) }

func open(folder func(*testing.T) string) storetest.Open {
	return func(t *testing.T) store.Store {
		s, err := sqlite.Open(t.Context(), folder(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

// A database that can be read and not be written to does not answer a ping. The trigger stands for
// the disk that is full.
func TestPing_Writes(t *testing.T) {
	folder := t.TempDir()
	s, err := sqlite.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Ping(t.Context(), 1<<16); err != nil {
		t.Fatal(err)
	}
	beside, err := sql.Open("sqlite", filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	if _, err := beside.ExecContext(context.Background(), `CREATE TRIGGER full BEFORE UPDATE ON secrets BEGIN SELECT RAISE(FAIL, 'full'); END`); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context(), 1); err == nil {
		t.Error("nothing can be written, and the ping is answered")
	}
}
