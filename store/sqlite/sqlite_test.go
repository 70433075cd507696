package sqlite_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/store/sqlite"
	"sandbank/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory_Conforms(t *testing.T) { storetest.Run(t, open(func(*testing.T) string { return "" })) }

func TestFile_Conforms(t *testing.T) { storetest.Run(t, open((*testing.T).TempDir)) }

func open(folder func(*testing.T) string) storetest.Open {
	return func(t *testing.T, lease func() time.Time) storetest.Store {
		s, err := sqlite.Open(t.Context(), folder(t), lease)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
