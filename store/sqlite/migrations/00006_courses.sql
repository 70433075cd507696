-- +goose Up

-- How an event is delivered on purpose, by channel, as JSON; '' for as usual.
ALTER TABLE events ADD COLUMN courses TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
