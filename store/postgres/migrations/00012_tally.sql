-- +goose Up

-- Payments are counted by their status from this index alone, without a look at their documents. A change
-- of status writes into every index of the table anyway, since it changes when the payment is due.
DROP INDEX states_bank;
CREATE INDEX states_bank ON states (bank, payment) INCLUDE (status);

-- +goose Down
SELECT 1;
