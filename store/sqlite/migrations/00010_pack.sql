-- +goose Up

-- What is kept as JSON and never searched is packed where that makes it smaller: a BLOB is packed, a
-- TEXT is as it is. See pack.go.
CREATE TABLE events_packed (
  merchant TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  id       TEXT NOT NULL UNIQUE,
  type     TEXT NOT NULL,
  payment  TEXT NOT NULL,
  at       INTEGER NOT NULL,
  data     ANY NOT NULL,
  courses  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (merchant, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO events_packed (merchant, sequence, id, type, payment, at, data, courses)
  SELECT merchant, sequence, id, type, payment, at, data, courses FROM events;
DROP TRIGGER events_kept;
DROP TABLE events;
ALTER TABLE events_packed RENAME TO events;
CREATE INDEX events_payment ON events (payment);
-- +goose StatementBegin
CREATE TRIGGER events_frozen BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_kept BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM parting WHERE payment = OLD.payment)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd

CREATE TABLE messages_packed (
  id        TEXT PRIMARY KEY,
  direction TEXT NOT NULL,
  payment   TEXT NOT NULL,
  bank      TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  verdict   TEXT NOT NULL,
  note      TEXT NOT NULL,
  body      ANY NOT NULL
) STRICT;
INSERT INTO messages_packed SELECT id, direction, payment, bank, attempt, kind, at, verdict, note, body FROM messages;
DROP TABLE messages;
ALTER TABLE messages_packed RENAME TO messages;
CREATE INDEX messages_payment ON messages (payment);

CREATE TABLE items_packed (
  id         TEXT PRIMARY KEY,
  merchant   TEXT NOT NULL,
  bank       TEXT NOT NULL,
  currency   TEXT NOT NULL,
  at         INTEGER NOT NULL, -- by the bank's clock
  state      TEXT NOT NULL,
  pays       INTEGER NOT NULL,
  settlement TEXT NOT NULL,
  payout     TEXT NOT NULL,
  doc        ANY NOT NULL
) STRICT;
INSERT INTO items_packed SELECT id, merchant, bank, currency, at, state, pays, settlement, payout, doc FROM items;
DROP TABLE items;
ALTER TABLE items_packed RENAME TO items;
CREATE INDEX items_open ON items (bank, currency, at) WHERE state = 'open';
CREATE INDEX items_missing ON items (bank, id) WHERE state = 'missing';
CREATE INDEX items_payable ON items (merchant, currency) WHERE pays AND state = 'settled' AND payout = '';
CREATE INDEX items_settlement ON items (settlement, id) WHERE settlement <> '';
CREATE INDEX items_payout ON items (payout, id) WHERE payout <> '';

DROP TRIGGER parting_final;
CREATE TABLE payments_packed (
  id        TEXT PRIMARY KEY,
  merchant  TEXT NOT NULL,
  reference TEXT NOT NULL,
  status    TEXT NOT NULL,
  due_at    INTEGER,
  idem_key  TEXT,
  doc       ANY NOT NULL
) STRICT;
INSERT INTO payments_packed SELECT id, merchant, reference, status, due_at, idem_key, doc FROM payments;
DROP TABLE payments;
ALTER TABLE payments_packed RENAME TO payments;
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX payments_key ON payments (merchant, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX payments_reference ON payments (merchant, reference, id);
CREATE INDEX payments_merchant ON payments (merchant, id);
-- +goose StatementBegin
CREATE TRIGGER parting_final BEFORE INSERT ON parting
WHEN NOT EXISTS (SELECT 1 FROM payments WHERE id = NEW.payment AND due_at IS NULL
  AND status IN ('captured', 'declined', 'failed', 'canceled', 'voided', 'abandoned'))
BEGIN SELECT RAISE(ABORT, 'only a final payment can be let go'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
