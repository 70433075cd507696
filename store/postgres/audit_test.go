package postgres_test

import (
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/internal/engine"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/store/postgres"
)

// BenchmarkCommit_Creates measures a batch of 64 new payments by itself, and with
// the audit record of each, sealed.
func BenchmarkCommit_Creates(b *testing.B) {
	const batch = 64
	for _, name := range []string{"plain", "audited", "sealed"} {
		audited := name != "plain"
		b.Run(name, func(b *testing.B) {
			s, err := postgres.Open(b.Context(), engine.Database(b))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			ids, now := chance.Crypto(), time.Now()
			for b.Loop() {
				err := s.Commit(b.Context(), processor.Load{}, func(w *processor.Work) error {
					for range batch {
						p := payment.Payment{ID: ids.ID("pay", now), Merchant: "m1", Status: payment.Created, Amount: money.Must("19.99", "EUR"), DueAt: now.Add(time.Hour)}
						w.Created = append(w.Created, p)
						if audited {
							w.Audits = append(w.Audits, audit.Record{
								ID: ids.ID("aud", now), At: now, Actor: audit.Actor{Kind: audit.Client, ID: "m1"}, Role: "merchant", Merchant: "m1",
								Action: audit.PaymentCreate, Object: p.ID, Outcome: audit.Allowed, Address: "127.0.0.1", Request: ids.ID("rid", now),
							}.Clean())
						}
					}
					return nil
				})
				if err == nil && name == "sealed" {
					_, err = s.SealAudits(b.Context(), 2000)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batch), "µs/payment")
		})
	}
}
