package postgres_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"sandbank/event"
	"sandbank/internal/engine"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/sim/outage"
	"sandbank/store"
	"sandbank/store/postgres"
	"sandbank/store/storetest"
)

func TestMain(m *testing.M) { engine.Main(m, func() error { return goleak.Find() }) }

func TestPostgres_Conforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := postgres.Open(t.Context(), engine.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

// One processor's commits are noticed by another one: once for what it missed
// before, then by merchant and payment.
func TestStore_TellsOtherProcessors(t *testing.T) {
	url := engine.Database(t)
	open := func() *postgres.Store {
		s, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	here, there := open(), open()
	ctx, cancel := context.WithCancel(t.Context())
	told, changed, kept, ended := make(chan string, 10), make(chan string, 10), make(chan string, 10), make(chan struct{})
	go func() {
		defer close(ended)
		here.Listen(ctx, processor.Ears{
			Changed: func(id string) { changed <- id }, Told: func(merchant string) { told <- merchant }, Kept: func(name string) { kept <- name },
		})
	}()
	defer func() { cancel(); <-ended }()
	if missed, document := <-told, <-kept; missed != "" || document != "" {
		t.Errorf("a new connection told of %q and %q first", missed, document)
	}
	for _, s := range []*postgres.Store{here, there} { // its own news are none to a processor
		if err := s.Commit(t.Context(), processor.Load{}, func(w *processor.Work) error {
			w.Updated = append(w.Updated, payment.Payment{ID: "pay_of_" + name(s == here)})
			w.Events = append(w.Events, event.Event{ID: "evt_" + name(s == here), Merchant: name(s == here), Data: []byte("{}")})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time nothing changes, and nobody is told
			if _, err := s.ChangeSecret(t.Context(), "of "+name(s == here), func([]byte) ([]byte, error) { return []byte("x"), nil }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.ChangeSecret(t.Context(), "last of "+name(s == here), func([]byte) ([]byte, error) { return []byte("x"), nil }); err != nil {
			t.Fatal(err)
		}
	}
	if merchant, id := <-told, <-changed; merchant != "there" || id != "pay_of_there" {
		t.Errorf("told of merchant %q and payment %q", merchant, id)
	}
	if first, last := <-kept, <-kept; first != "of there" || last != "last of there" {
		t.Errorf("told of the documents %q and %q", first, last)
	}
}

func name(here bool) string {
	if here {
		return "here"
	}
	return "there"
}

// Balances are of one moment: what is sealed while they are read counts once.
func TestBalances_WhileEntriesAreSealed(t *testing.T) {
	url := engine.Database(t)
	sealer, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sealer.Close() }()
	asked := 0
	seam := outage.New(slog.New(slog.DiscardHandler)).Database()
	seam.Ask = func(ctx context.Context) error {
		if asked++; asked == 2 { // between two looks, if there are two
			_, err := sealer.Seal(ctx, 10)
			return err
		}
		return nil
	}
	reader, err := postgres.OpenBy(t.Context(), url, seam)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	a := money.Must("100.00", "EUR")
	if err := sealer.Commit(t.Context(), processor.Load{}, func(w *processor.Work) error {
		w.Entries = append(w.Entries, ledger.Entry{ID: "ent_1", Key: "k", Kind: "test", At: time.Now().UTC(), Postings: []ledger.Posting{
			{Account: "a", Side: ledger.Debit, Amount: a}, {Account: "b", Side: ledger.Credit, Amount: a},
		}})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	asked = 0
	list, err := reader.Balances(t.Context())
	if err != nil || len(list) != 2 || list[0].Net().String() != "100" {
		t.Errorf("booked 100 once, and sealed that while it was read: the balances are %+v, %v", list, err)
	}
}

// A wiped database is as empty as a new one, and what others have in it stays.
func TestWipe_LeavesNothingOfOurs(t *testing.T) {
	url := engine.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `CREATE TABLE theirs (a text); INSERT INTO theirs VALUES ('stays')`); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		s, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatalf("opened the database for the time %d: %v", round+1, err)
		}
		doc, err := s.Secret(t.Context(), "one", func() ([]byte, error) { return []byte{byte(round)}, nil })
		if err != nil || doc[0] != byte(round) {
			t.Errorf("round %d: want its own document in an empty database, got %v, %v", round, doc, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := postgres.Wipe(t.Context(), url); err != nil {
			t.Fatal(err)
		}
	}
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public') + (SELECT count(*) FROM theirs)`).Scan(&left); err != nil || left != 2 {
		t.Errorf("what others have: want their table and its row, got %d, %v", left, err)
	}
}
