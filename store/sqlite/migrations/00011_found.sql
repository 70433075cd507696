-- +goose Up

-- Payments are found by the bank and the method of their last try. The documents are packed, so what
-- there was before is read by Go: see found.go. A method is one of two, of which the newest payments have
-- enough to fill a page; so only the bank has an index.
ALTER TABLE payments ADD COLUMN bank TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN method TEXT NOT NULL DEFAULT '';
CREATE INDEX payments_bank ON payments (bank, id);
