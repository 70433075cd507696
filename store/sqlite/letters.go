package sqlite

import (
	"context"

	"sandbank/processor"
)

// AddLetters implements [processor.Letters].
func (s *Store) AddLetters(ctx context.Context, list []processor.Letter) error {
	return s.inTx(ctx, "sqlite.add_letters", func(t *tx) error {
		return t.each(`INSERT OR IGNORE INTO letters (id, at, message, exchange, key, queue, reason, type, deliveries, headers, body)
			VALUES (?,?,?,?,?,?,?,?,?,?,?)`, len(list), func(i int) []any {
			l := list[i]
			return []any{l.ID, micros(l.At), l.MessageID, l.Exchange, l.Key, l.Queue, l.Reason, l.Type, l.Deliveries, l.Headers, orEmpty(l.Body)}
		})
	})
}

// Letters implements [processor.Letters].
func (s *Store) Letters(ctx context.Context, limit int) (list []processor.Letter, count int, err error) {
	if list, err = letters(ctx, s.read, `ORDER BY id DESC LIMIT ?`, limit); err == nil {
		err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM letters`).Scan(&count)
	}
	return list, count, classify("sqlite.letters", err)
}

// TakeLetter implements [processor.Letters].
func (s *Store) TakeLetter(ctx context.Context, id string) (l processor.Letter, err error) {
	err = s.inTx(ctx, "sqlite.take_letter", func(t *tx) error {
		list, err := letters(ctx, t.tx, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return processor.NoLetter(id)
		}
		l = list[0]
		return t.exec(`DELETE FROM letters WHERE id = ?`, id)
	})
	return l, err
}

func letters(ctx context.Context, q queryer, rest string, args ...any) (list []processor.Letter, err error) {
	err = rows(ctx, q, `SELECT id, at, message, exchange, key, queue, reason, type, deliveries, headers, body FROM letters `+rest, args,
		func(scan scan) error {
			var l processor.Letter
			var at int64
			err := scan(&l.ID, &at, &l.MessageID, &l.Exchange, &l.Key, &l.Queue, &l.Reason, &l.Type, &l.Deliveries, &l.Headers, &l.Body)
			l.At = fromMicros(at)
			list = append(list, l)
			return err
		})
	return list, err
}

// orEmpty keeps an empty body from becoming NULL.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
