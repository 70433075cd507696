package postgres_test

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"sandbank/internal/engine"
	"sandbank/store/postgres"
)

// earlier is a database as an earlier version of the store made it, by its last migration, and a connection to it.
func earlier(t *testing.T, version int64) (url string, db *sql.DB) {
	t.Helper()
	url = engine.Database(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return url, db
}

// What an earlier version kept as JSON is read as it was written, byte for byte.
func TestOpen_TakesUpDocumentsThatWereJSON(t *testing.T) {
	url, db := earlier(t, 9)
	const text = `{"id": "pay_1",  "status":"captured", "attempts":[ ]}`
	for _, insert := range []string{
		`INSERT INTO states (payment, status, doc) VALUES ('pay_1', 'captured', $1)`,
		`INSERT INTO events (merchant, sequence, id, type, payment, at, data) VALUES ('m', 1, 'evt_1', 'payment.captured', 'pay_1', now(), $1)`,
		`INSERT INTO messages (id, direction, payment, bank, attempt, kind, at, verdict, note, body) VALUES ('req_1', 'out', 'pay_1', 'B', 1, 'authorize', now(), '', '', $1)`,
	} {
		if _, err := db.ExecContext(t.Context(), insert, text); err != nil {
			t.Fatal(err)
		}
	}
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, read := range []string{`SELECT doc FROM states`, `SELECT data FROM events`, `SELECT body FROM messages`} {
		var got, kind string
		if err := db.QueryRowContext(t.Context(), `SELECT v, pg_typeof(v) FROM (`+read+`) AS r (v)`).Scan(&got, &kind); err != nil {
			t.Fatal(err)
		}
		if got != text || kind != "text" {
			t.Errorf("%s gives %q as %s, want %q as text", read, got, kind, text)
		}
	}
	if err := s.Resend(t.Context()); err != nil { // looks into the documents
		t.Error(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE events SET data = ''`); err == nil {
		t.Error("an event could be changed")
	}
}
