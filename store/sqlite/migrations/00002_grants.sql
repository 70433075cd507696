-- +goose Up

-- What the authorization server has given out to people's apps: grants, and the
-- secrets that stand for them, of which only hashes are kept.
CREATE TABLE grants (
  id    TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  doc   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_until ON grants (until);

CREATE TABLE tickets (
  hash     TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL,
  until    INTEGER NOT NULL,
  spent    INTEGER NOT NULL DEFAULT 0,
  doc      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_grant ON tickets (grant_id);

-- Ids of tokens and grants that count no more, numbered in the order of revoking.
CREATE TABLE revocations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id     TEXT NOT NULL UNIQUE,
  until  INTEGER NOT NULL
) STRICT;
