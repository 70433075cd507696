-- +goose Up

-- Documents that each payment writes and that only Go reads: to store them as JSON had the server parse
-- each one again that was just written.
ALTER TABLE states ALTER COLUMN doc TYPE text USING doc::text;
ALTER TABLE events ALTER COLUMN data TYPE text USING data::text;
ALTER TABLE messages ALTER COLUMN body TYPE text USING body::text;

-- +goose Down
SELECT 1;
