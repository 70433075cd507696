package postgres_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/engine"
	"sandbank/postgres"
	"sandbank/storetest"
)

func TestMain(m *testing.M) { engine.Main(m, func() error { return goleak.Find() }) }

func TestPostgres_Conforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T, lease func() time.Time) storetest.Store {
		s, err := postgres.Open(t.Context(), engine.Database(t), lease)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
