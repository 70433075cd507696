-- +goose Up

-- A payment's state is written anew twice within a second, and a delivery once. Their pages keep room for that: a row
-- that stays on its page needs no second page to be found and locked, and only what changed of it goes into the log.
ALTER TABLE states SET (fillfactor = 50);
ALTER TABLE deliveries SET (fillfactor = 60);

-- +goose Down
SELECT 1;
