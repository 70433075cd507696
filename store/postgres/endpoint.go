package postgres

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/processor"
	"sandbank/webhook"
)

// AddEndpoint implements [processor.Endpoints].
func (s *Store) AddEndpoint(ctx context.Context, e webhook.Endpoint) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO endpoints (id, merchant, doc) VALUES ($1, $2, $3)`, e.ID, e.Merchant, document(e))
	return classify("postgres.add_endpoint", err)
}

// ListEndpoints implements [processor.Endpoints].
func (s *Store) ListEndpoints(ctx context.Context, merchant string) (list []webhook.Endpoint, err error) {
	r, err := s.pool.Query(ctx, `SELECT doc FROM endpoints WHERE merchant = $1 ORDER BY id`, merchant)
	if err != nil {
		return nil, classify("postgres.endpoints", err)
	}
	defer r.Close()
	err = scanDocs(r, &list)
	return list, classify("postgres.endpoints", err)
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
func (s *Store) AllEndpoints(ctx context.Context) (list []webhook.Endpoint, err error) {
	r, err := s.pool.Query(ctx, `SELECT doc FROM endpoints ORDER BY id`)
	if err != nil {
		return nil, classify("postgres.endpoints", err)
	}
	defer r.Close()
	err = scanDocs(r, &list)
	return list, classify("postgres.endpoints", err)
}

// ChangeEndpoint implements [processor.Endpoints].
func (s *Store) ChangeEndpoint(ctx context.Context, merchant, id string, change func(*webhook.Endpoint) error) (e webhook.Endpoint, err error) {
	err = s.meeting(ctx, "postgres.change_endpoint", func(t pgx.Tx) error {
		e = webhook.Endpoint{}
		var doc []byte
		err := t.QueryRow(ctx, `SELECT doc FROM endpoints WHERE id = $1 AND merchant = $2 FOR UPDATE`, id, merchant).Scan(&doc)
		if errors.Is(err, pgx.ErrNoRows) {
			return processor.NoEndpoint(id)
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(doc, &e); err != nil {
			return err
		}
		if err := change(&e); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE endpoints SET doc = $1 WHERE id = $2`, document(e), id); err != nil || e.Enabled {
			return err
		}
		_, err = t.Exec(ctx, exhaust, id)
		return err
	})
	return e, err
}

// RemoveEndpoint implements [processor.Endpoints].
func (s *Store) RemoveEndpoint(ctx context.Context, merchant, id string) error {
	return s.meeting(ctx, "postgres.remove_endpoint", func(t pgx.Tx) error {
		tag, err := t.Exec(ctx, `DELETE FROM endpoints WHERE id = $1 AND merchant = $2`, id, merchant)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return processor.NoEndpoint(id)
		}
		_, err = t.Exec(ctx, exhaust, id)
		return err
	})
}
