-- +goose Up

-- What a payment was created with stands with the payment, written once; its state keeps what its steps change. Earlier
-- states have all of it, of which the rest is not read any more and goes with the next step.
ALTER TABLE payments ADD COLUMN doc TEXT NOT NULL DEFAULT '';
UPDATE payments p SET doc = s.doc FROM states s WHERE s.payment = p.id;

-- +goose Down
SELECT 1;
