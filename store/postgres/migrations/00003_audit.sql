-- +goose Up

-- The audit log: who did what. Texts are empty where there is nothing to say.
CREATE TABLE audits (
  id       TEXT COLLATE "C" PRIMARY KEY,
  xid      XID8 NOT NULL DEFAULT pg_current_xact_id(),
  at       TIMESTAMPTZ NOT NULL,
  kind     TEXT NOT NULL,
  actor    TEXT NOT NULL,
  role     TEXT NOT NULL,
  merchant TEXT NOT NULL,
  action   TEXT NOT NULL,
  object   TEXT COLLATE "C" NOT NULL,
  outcome  TEXT NOT NULL,
  code     TEXT NOT NULL,
  address  TEXT NOT NULL,
  request  TEXT NOT NULL,
  count    INTEGER NOT NULL
);
-- Sealed in this order, as entries are.
CREATE INDEX audits_chain ON audits (xid, id);
CREATE INDEX audits_object ON audits (object, id);

-- Its hash chain.
CREATE TABLE audit_seals (
  number BIGINT PRIMARY KEY,
  audit  TEXT COLLATE "C" NOT NULL UNIQUE,
  xid    XID8 NOT NULL,
  hash   TEXT NOT NULL
);

CREATE TRIGGER audits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audits FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- +goose Down
SELECT 1;
