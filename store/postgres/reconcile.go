package postgres

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"sandbank/money"
)

// OpenAfter implements [processor.Items].
func (s *Store) OpenAfter(ctx context.Context, bank string, currency money.Currency, after time.Time) (money.Net, error) {
	var sum decimal.Decimal
	err := s.scan.QueryRow(ctx, `SELECT coalesce(sum(CASE doc->>'kind' WHEN 'capture' THEN 1 WHEN 'refund' THEN -1 WHEN 'chargeback' THEN -1 ELSE 0 END
			* (doc->'amount'->>'value')::numeric), 0)::text
		FROM items WHERE state = 'open' AND bank = $1 AND currency = $2 AND at > $3`, bank, string(currency), after).Scan(&sum)
	return money.Of(sum, currency).Net(), classify("postgres.open_after", err)
}
