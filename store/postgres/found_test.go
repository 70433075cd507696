package postgres_test

import (
	"testing"

	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/store/postgres"
)

// Payments of a database from before they were found by bank and method are found by them.
func TestOpen_FindsOlderPayments(t *testing.T) {
	url, old := earlier(t, 9)
	for id, doc := range map[string]string{
		"pay_1": `{"id":"pay_1","bank":"SLOWDE2A","attempts":[{"instrument":{"kind":"card"}},{"instrument":{"kind":"account"}}]}`,
		"pay_2": `{"id":"pay_2","bank":"","attempts":null}`, "pay_3": `{"id":"pay_3"}`,
	} {
		if _, err := old.ExecContext(t.Context(), `INSERT INTO payments (id, merchant, reference) VALUES ($1, 'm1', 'r')`, id); err != nil {
			t.Fatal(err)
		}
		if _, err := old.ExecContext(t.Context(), `INSERT INTO states (payment, status, doc) VALUES ($1, 'created', $2)`, id, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, f := range []processor.Filter{{Bank: "SLOWDE2A", Limit: 9}, {Method: instrument.Account, Limit: 9}} {
		if found, err := s.Payments(t.Context(), f); err != nil || len(found) != 1 || found[0].ID != "pay_1" {
			t.Errorf("found by %+v: %+v, %v", f, found, err)
		}
	}
}
