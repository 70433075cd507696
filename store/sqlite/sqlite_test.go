package sqlite_test

import (
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
