package sqlite

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"sandbank/processor"
	"sandbank/webhook"
)

// AddEndpoint implements [processor.Endpoints].
func (s *Store) AddEndpoint(ctx context.Context, e webhook.Endpoint) error {
	return s.inTx(ctx, "sqlite.add_endpoint", func(t *tx) error {
		return t.exec(`INSERT INTO endpoints (id, merchant, doc) VALUES (?,?,?)`, e.ID, e.Merchant, document(e))
	})
}

// ListEndpoints implements [processor.Endpoints].
func (s *Store) ListEndpoints(ctx context.Context, merchant string) ([]webhook.Endpoint, error) {
	list, err := endpointsOf(ctx, s.read, merchant)
	return list, classify("sqlite.endpoints", err)
}

// Endpoint implements [processor.Endpoints].
func (s *Store) Endpoint(ctx context.Context, merchant, id string) (webhook.Endpoint, error) {
	list, err := s.ListEndpoints(ctx, merchant)
	for _, e := range list {
		if e.ID == id {
			return e, err
		}
	}
	if err == nil {
		err = processor.NoEndpoint(id)
	}
	return webhook.Endpoint{}, err
}

// AllEndpoints implements [processor.Endpoints].
func (s *Store) AllEndpoints(ctx context.Context) ([]webhook.Endpoint, error) {
	list, err := endpoints(ctx, s.read, `ORDER BY id`)
	return list, classify("sqlite.endpoints", err)
}

// ChangeEndpoint implements [processor.Endpoints].
func (s *Store) ChangeEndpoint(ctx context.Context, merchant, id string, change func(*webhook.Endpoint) error) (e webhook.Endpoint, err error) {
	err = s.inTx(ctx, "sqlite.change_endpoint", func(t *tx) error {
		list, err := endpoints(ctx, t.tx, `WHERE id = ? AND merchant = ?`, id, merchant)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return processor.NoEndpoint(id)
		}
		e = list[0]
		if err := change(&e); err != nil {
			return err
		}
		if err := t.exec(`UPDATE endpoints SET doc = ? WHERE id = ?`, document(e), id); err != nil || e.Enabled {
			return err
		}
		return t.exhaust(id)
	})
	return e, err
}

// RemoveEndpoint implements [processor.Endpoints].
func (s *Store) RemoveEndpoint(ctx context.Context, merchant, id string) error {
	return s.inTx(ctx, "sqlite.remove_endpoint", func(t *tx) error {
		r, err := t.tx.ExecContext(ctx, `DELETE FROM endpoints WHERE id = ? AND merchant = ?`, id, merchant)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, processor.NoEndpoint(id))
		}
		return t.exhaust(id)
	})
}

func endpointsOf(ctx context.Context, q queryer, merchant string) ([]webhook.Endpoint, error) {
	return endpoints(ctx, q, `WHERE merchant = ? ORDER BY id`, merchant)
}

func endpoints(ctx context.Context, q queryer, rest string, args ...any) (list []webhook.Endpoint, err error) {
	err = rows(ctx, q, `SELECT doc FROM endpoints `+rest, args, func(scan scan) error {
		var doc []byte
		if err := scan(&doc); err != nil {
			return err
		}
		var e webhook.Endpoint
		err := json.Unmarshal(doc, &e)
		list = append(list, e)
		return err
	})
	return list, err
}
