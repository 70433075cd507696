-- +goose Up

-- The audit log: who did what. Texts are empty where there is nothing to say.
CREATE TABLE audits (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  id       TEXT NOT NULL UNIQUE,
  at       INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  actor    TEXT NOT NULL,
  role     TEXT NOT NULL,
  merchant TEXT NOT NULL,
  action   TEXT NOT NULL,
  object   TEXT NOT NULL,
  outcome  TEXT NOT NULL,
  code     TEXT NOT NULL,
  address  TEXT NOT NULL,
  request  TEXT NOT NULL,
  count    INTEGER NOT NULL
) STRICT;
CREATE INDEX audits_object ON audits (object, id);

-- Its hash chain.
CREATE TABLE audit_seals (
  number INTEGER PRIMARY KEY,
  seq    INTEGER NOT NULL UNIQUE REFERENCES audits (seq),
  hash   TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audits_frozen BEFORE UPDATE ON audits BEGIN SELECT RAISE(ABORT, 'audits are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audits_kept BEFORE DELETE ON audits BEGIN SELECT RAISE(ABORT, 'audits are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seals_frozen BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seals_kept BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals are append-only'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
