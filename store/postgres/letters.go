package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sandbank/processor"
)

// AddLetters implements [processor.Letters].
func (s *Store) AddLetters(ctx context.Context, list []processor.Letter) error {
	return s.atOnce(ctx, "postgres.add_letters", func(b *pgx.Batch) {
		for _, l := range list {
			if l.Body == nil {
				l.Body = []byte{}
			}
			b.Queue(`INSERT INTO letters (id, at, message, exchange, key, queue, reason, type, deliveries, headers, body)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT DO NOTHING`,
				l.ID, l.At, clean(l.MessageID), clean(l.Exchange), clean(l.Key), clean(l.Queue), clean(l.Reason), clean(l.Type), l.Deliveries, clean(l.Headers), l.Body)
		}
	})
}

// Letters implements [processor.Letters].
func (s *Store) Letters(ctx context.Context, limit int) (list []processor.Letter, count int, err error) {
	if list, err = scanLetters(s.pool.Query(ctx, `SELECT `+letterColumns+` FROM letters ORDER BY id DESC LIMIT $1`, limit)); err == nil {
		err = s.pool.QueryRow(ctx, `SELECT count(*) FROM letters`).Scan(&count)
	}
	return list, count, classify("postgres.letters", err)
}

// TakeLetter implements [processor.Letters].
func (s *Store) TakeLetter(ctx context.Context, id string) (processor.Letter, error) {
	list, err := scanLetters(s.pool.Query(ctx, `DELETE FROM letters WHERE id = $1 RETURNING `+letterColumns, id))
	if err == nil && len(list) == 0 {
		err = processor.NoLetter(id)
	}
	if err != nil {
		return processor.Letter{}, classify("postgres.take_letter", err)
	}
	return list[0], nil
}

const letterColumns = `id, at, message, exchange, key, queue, reason, type, deliveries, headers, body`

func scanLetters(r pgx.Rows, err error) ([]processor.Letter, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, func(row pgx.CollectableRow) (l processor.Letter, err error) {
		err = row.Scan(&l.ID, &l.At, &l.MessageID, &l.Exchange, &l.Key, &l.Queue, &l.Reason, &l.Type, &l.Deliveries, &l.Headers, &l.Body)
		l.At = l.At.UTC()
		return l, err
	})
}
