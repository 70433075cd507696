package sqlite

import (
	"context"
	"database/sql"

	"github.com/go-json-experiment/json"
	"github.com/pressly/goose/v3"

	"sandbank/payment"
)

// foundVersion fills the columns of migration 11 from the documents.
const foundVersion = 12

// foundBatch is how many payments are read at once, so that a large database is not in memory as a whole.
const foundBatch = 500

func foundMigration() *goose.Migration {
	return goose.NewGoMigration(foundVersion, &goose.GoFunc{RunTx: fillFound}, nil)
}

func fillFound(ctx context.Context, raw *sql.Tx) error {
	t := &tx{ctx: ctx, tx: raw}
	for after := ""; ; {
		list, err := storedAfter(ctx, raw, after)
		if err != nil || len(list) == 0 {
			return err
		}
		err = t.each(`UPDATE payments SET bank = ?, method = ? WHERE id = ?`, len(list), func(i int) []any {
			return []any{list[i].Bank, string(list[i].Method()), list[i].ID}
		})
		if err != nil {
			return err
		}
		after = list[len(list)-1].ID
	}
}

func storedAfter(ctx context.Context, q queryer, after string) (list []payment.Payment, err error) {
	err = rows(ctx, q, `SELECT id, doc FROM payments WHERE id > ? ORDER BY id LIMIT ?`, []any{after, foundBatch}, func(scan scan) error {
		var id string
		var doc []byte
		if err := scan(&id, unpacked{&doc}); err != nil {
			return err
		}
		var p payment.Payment
		err := json.Unmarshal(doc, &p)
		p.ID = id
		list = append(list, p)
		return err
	})
	return list, err
}
