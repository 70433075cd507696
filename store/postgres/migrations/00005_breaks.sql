-- +goose Up

-- The breaks of one settlement, which may be one of very many of its bank.
CREATE INDEX records_breaks ON records ((doc->>'settlement'), id) WHERE kind = 'break';

-- +goose Down
SELECT 1;
