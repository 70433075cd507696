package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"sandbank/payment/instrument"
	"sandbank/processor"
)

// A database from before documents were packed keeps everything, and is refused and searched as before.
func TestOpen_TakesAnOlderDatabaseAlong(t *testing.T) {
	folder := t.TempDir()
	old, err := sql.Open("sqlite", filepath.Join(folder, FileName))
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, old, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		`INSERT INTO payments VALUES ('pay_1', 'm1', 'order-1', 'captured', NULL, 'key', '{"id":"pay_1","merchant":"m1","status":"captured","bank":"SLOWDE2A","attempts":[{"instrument":{"kind":"card"}},{"instrument":{"kind":"account"}}]}')`,
		`INSERT INTO events (merchant, sequence, id, type, payment, at, data) VALUES ('m1', 1, 'evt_1', 'payment.captured', 'pay_1', 5, '{"id":"pay_1"}')`,
		`INSERT INTO sequences VALUES ('m1', 1)`,
		`INSERT INTO messages VALUES ('req_1', 'out', 'pay_1', 'SANDNL2A', 1, 'authorize', 5, '', '', '{"type":"authorize"}')`,
		`INSERT INTO items VALUES ('req_1', 'm1', 'SANDNL2A', 'EUR', 5, 'open', 1, '', '', '{"id":"req_1","kind":"capture"}')`,
	} {
		if _, err := old.ExecContext(t.Context(), row); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	p, err := s.Payment(t.Context(), "pay_1")
	line, errLine := s.Timeline(t.Context(), "pay_1")
	if err != nil || errLine != nil || p.Merchant != "m1" || len(line.Events) != 1 || string(line.Events[0].Data) != `{"id":"pay_1"}` ||
		len(line.Messages) != 1 || string(line.Messages[0].Body) != `{"type":"authorize"}` {
		t.Errorf("read what an older version had stored: got %+v, %+v, %v, %v", p, line, err, errLine)
	}
	if found, err := s.Payments(t.Context(), processor.Filter{Bank: "SLOWDE2A", Method: instrument.Account, Limit: 5}); err != nil || len(found) != 1 {
		t.Errorf("found by bank and method: want the payment, got %+v, %v", found, err)
	}
	if last, err := s.LastSequence(t.Context(), "m1"); err != nil || last != 1 {
		t.Errorf("asked for the last sequence: want 1, got %d, %v", last, err)
	}
	if _, err := s.write.ExecContext(t.Context(), `DELETE FROM events`); err == nil {
		t.Error("deleted the events: want it refused")
	}
}
