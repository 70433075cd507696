package sqlite

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/money"
	"sandbank/settlement"
)

// OpenAfter implements [processor.Items]. It adds row by row, since SQLite's own sums are of floats.
func (s *Store) OpenAfter(ctx context.Context, bank string, currency money.Currency, after time.Time) (money.Net, error) {
	sum := money.Zero(currency).Net()
	err := rows(ctx, s.read, `SELECT doc FROM items WHERE state = 'open' AND bank = ? AND currency = ? AND at > ?`,
		[]any{bank, string(currency), micros(after)}, func(scan scan) error {
			var doc []byte
			if err := scan(unpacked{&doc}); err != nil {
				return err
			}
			var i settlement.Item
			err := json.Unmarshal(doc, &i)
			sum = sum.Add(i.Claim().Amount).Net()
			return err
		})
	return sum, classify("sqlite.open_after", err)
}
