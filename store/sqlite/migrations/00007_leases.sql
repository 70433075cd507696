-- +goose Up

-- Until when a delivery is in somebody's hand, by the computer's clock. It was mixed into next_at,
-- which is simulated time and may stand still.
ALTER TABLE deliveries ADD COLUMN until INTEGER NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
