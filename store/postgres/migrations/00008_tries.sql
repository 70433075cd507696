-- +goose Up

-- By how many microseconds simulated time was ahead of the computer's at a try: its signature goes by
-- the computer's, and is written anew from both.
ALTER TABLE attempts ADD COLUMN ahead BIGINT NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
