-- +goose Up

-- A list of payments by a status or method that few have must not walk over all others. What most payments pass through has
-- no part in these indexes, so that they cost a usual payment nothing: created and processing are found among what is due,
-- and of the rest the newest payments have enough to fill a page.
CREATE INDEX states_rare ON states (status, payment) WHERE status NOT IN ('created', 'processing', 'captured');
CREATE INDEX states_account ON states (method, payment) WHERE method = 'account';

-- +goose Down
SELECT 1;
