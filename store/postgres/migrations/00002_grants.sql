-- +goose Up

-- What the authorization server has given out to people's apps: grants, and the
-- secrets that stand for them, of which only hashes are kept.
CREATE TABLE grants (
  id    TEXT COLLATE "C" PRIMARY KEY,
  until TIMESTAMPTZ NOT NULL,
  doc   JSON NOT NULL
);
CREATE INDEX grants_until ON grants (until);

CREATE TABLE tickets (
  hash     TEXT COLLATE "C" PRIMARY KEY,
  grant_id TEXT COLLATE "C" NOT NULL,
  until    TIMESTAMPTZ NOT NULL,
  spent    BOOLEAN NOT NULL DEFAULT false,
  doc      JSON NOT NULL
);
CREATE INDEX tickets_grant ON tickets (grant_id);

-- Ids of tokens and grants that count no more, numbered in the order of revoking.
CREATE TABLE revocations (
  number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id     TEXT COLLATE "C" NOT NULL UNIQUE,
  until  TIMESTAMPTZ NOT NULL
);
