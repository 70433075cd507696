package postgres_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/store/postgres"
)

// Payments of a database from before they were kept in halves are what they were, and go on; with a change of what they
// were created with, too.
func TestOpen_TakesUpWholePayments(t *testing.T) {
	url, old := earlier(t, 13)
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	var want []payment.Payment
	for n := range 2 {
		p := payment.Payment{
			ID: fmt.Sprint("pay_", n), Merchant: "m1", Version: 1, Status: payment.Created, Amount: money.Must("19.99", "EUR"), Reference: "r",
			Description: "before", Bank: "B", BankName: "Bank", MaxAttempts: 3, CreatedAt: at, UpdatedAt: at, ExpiresAt: at, DueAt: at,
			Origin: payment.Origin{IdempotencyKey: fmt.Sprint("k", n)},
		}
		doc, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, insert := range []string{
			`INSERT INTO payments (id, merchant, reference, idem_key) VALUES ($1, 'm1', 'r', $2)`,
			`INSERT INTO states (payment, status, due_at, bank, method, doc) VALUES ($1, 'created', now(), 'B', '', $2)`,
		} {
			second := any(doc)
			if insert[12] == 'p' {
				second = p.Origin.IdempotencyKey
			}
			if _, err := old.ExecContext(t.Context(), insert, p.ID, second); err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, p)
	}
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	check := func(when string) {
		t.Helper()
		for _, p := range want {
			if got, err := s.Payment(t.Context(), p.ID); err != nil || !reflect.DeepEqual(got, p) {
				t.Errorf("%s, payment %s is\n%+v, %v, want\n%+v", when, p.ID, got, err, p)
			}
		}
	}
	check("first")
	want[0].Version, want[0].Status, want[0].DueAt, want[0].BankName = 2, payment.Canceled, time.Time{}, ""
	want[1].Version, want[1].Description, want[1].Metadata = 2, "after", map[string]string{"a": "b"}
	err = s.Commit(context.WithoutCancel(t.Context()), processor.Load{Payments: []string{"pay_0", "pay_1"}}, func(w *processor.Work) error {
		w.Updated = append(w.Updated, want...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	check("after a step")
}
