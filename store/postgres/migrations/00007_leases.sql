-- +goose Up

-- Until when a delivery is in somebody's hand, by the database's clock. It was mixed into next_at,
-- which is simulated time and may stand still.
ALTER TABLE deliveries ADD COLUMN until TIMESTAMPTZ NOT NULL DEFAULT '-infinity';

-- +goose Down
SELECT 1;
