-- +goose Up

-- Payments that are let go by the present transaction. It is empty at the end of each: only with a
-- payment that is listed here do entries, postings and events go, and only one that is final is.
CREATE TABLE parting (payment TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Runs of a chain that were let go; the chain goes on after one from its hash. A sealed record goes
-- only when it is in one.
CREATE TABLE gaps (
  chain TEXT NOT NULL,    -- 'ledger' or 'audit'
  first INTEGER NOT NULL,
  last  INTEGER NOT NULL,
  hash  TEXT NOT NULL,    -- of the last one
  PRIMARY KEY (chain, first),
  CHECK (first <= last)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX gaps_last ON gaps (chain, last);

-- What the entries that were let go come to, like balances.
CREATE TABLE openings (
  account  TEXT NOT NULL,
  currency TEXT NOT NULL,
  debits   TEXT NOT NULL,
  credits  TEXT NOT NULL,
  PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

-- The sequence number up to which some of a merchant's events were let go.
CREATE TABLE floors (
  merchant TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: how many payments were let go, the newest of them, and when its newest entry was booked.
CREATE TABLE horizon (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  payments INTEGER NOT NULL,
  newest   TEXT NOT NULL,
  booked   INTEGER
) STRICT;
INSERT INTO horizon (one, payments, newest) VALUES (1, 0, '');

-- +goose StatementBegin
CREATE TRIGGER parting_final BEFORE INSERT ON parting
WHEN NOT EXISTS (SELECT 1 FROM payments WHERE id = NEW.payment AND due_at IS NULL
  AND status IN ('captured', 'declined', 'failed', 'canceled', 'voided', 'abandoned'))
BEGIN SELECT RAISE(ABORT, 'only a final payment can be let go'); END;
-- +goose StatementEnd

DROP TRIGGER entries_kept;
-- +goose StatementBegin
CREATE TRIGGER entries_kept BEFORE DELETE ON entries
WHEN NOT EXISTS (SELECT 1 FROM parting WHERE payment = OLD.payment)
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
DROP TRIGGER postings_kept;
-- +goose StatementBegin
CREATE TRIGGER postings_kept BEFORE DELETE ON postings
WHEN NOT EXISTS (SELECT 1 FROM entries e JOIN parting p ON p.payment = e.payment WHERE e.id = OLD.entry)
BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
-- +goose StatementEnd
DROP TRIGGER events_kept;
-- +goose StatementBegin
CREATE TRIGGER events_kept BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM parting WHERE payment = OLD.payment)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seals_kept BEFORE DELETE ON seals
WHEN NOT EXISTS (SELECT 1 FROM gaps WHERE chain = 'ledger' AND first <= OLD.number AND last >= OLD.number)
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seals_frozen BEFORE UPDATE ON seals BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
-- +goose StatementEnd
DROP TRIGGER audit_seals_kept;
-- +goose StatementBegin
CREATE TRIGGER audit_seals_kept BEFORE DELETE ON audit_seals
WHEN NOT EXISTS (SELECT 1 FROM gaps WHERE chain = 'audit' AND first <= OLD.number AND last >= OLD.number)
BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END;
-- +goose StatementEnd
DROP TRIGGER audits_kept;
-- An audit record goes after its seal, which refers to it, and so after its number is in a gap.
-- +goose StatementBegin
CREATE TRIGGER audits_kept BEFORE DELETE ON audits
WHEN NOT EXISTS (SELECT 1 FROM parting p WHERE p.payment = OLD.object)
  AND NOT EXISTS (SELECT 1 FROM parting p JOIN records r ON r.payment = p.payment WHERE r.id = OLD.object AND r.kind <> 'break')
BEGIN SELECT RAISE(ABORT, 'audits are append-only'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
