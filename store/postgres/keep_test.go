package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"sandbank/internal/engine"
	"sandbank/store"
	"sandbank/store/postgres"
	"sandbank/store/storetest"
)

// Nothing but the one way lets anything go, whoever writes to the database.
func TestSchema_KeepsWhatIsNotLetGo(t *testing.T) {
	url := engine.Database(t)
	storetest.Frozen(t, func(t *testing.T) store.Store {
		s, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}, func(statement string) error {
		beside, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = beside.Close(t.Context()) }()
		_, err = beside.Exec(t.Context(), statement)
		return err
	})
}
