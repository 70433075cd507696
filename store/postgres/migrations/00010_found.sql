-- +goose Up

-- Payments are found by the bank and the method of their last try. A method is one of two, of which the
-- newest payments have enough to fill a page; so only the bank has an index.
ALTER TABLE states ADD COLUMN bank TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE states ADD COLUMN method TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE states SET bank = coalesce(doc->>'bank', ''), method = coalesce(doc->'attempts'->-1->'instrument'->>'kind', '');
CREATE INDEX states_bank ON states (bank, payment);
