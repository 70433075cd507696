-- +goose Up

-- Times are microseconds since 1970 UTC. The doc columns hold the whole value
-- as JSON; the columns beside them are what is searched.
CREATE TABLE payments (
  id        TEXT PRIMARY KEY,
  merchant  TEXT NOT NULL,
  reference TEXT NOT NULL,
  status    TEXT NOT NULL,
  due_at    INTEGER,
  idem_key  TEXT,
  doc       TEXT NOT NULL
) STRICT;
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX payments_key ON payments (merchant, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX payments_reference ON payments (merchant, reference, id);
CREATE INDEX payments_merchant ON payments (merchant, id);

-- Messages to and from banks. The primary key is the inbox: an incoming message
-- is stored once.
CREATE TABLE messages (
  id        TEXT PRIMARY KEY,
  direction TEXT NOT NULL,
  payment   TEXT NOT NULL,
  bank      TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  verdict   TEXT NOT NULL,
  note      TEXT NOT NULL,
  body      TEXT NOT NULL
) STRICT;
CREATE INDEX messages_payment ON messages (payment);

-- What has to leave by AMQP: one row per transaction, with the ids of its events
-- and requests as a JSON array. Until says how long the row is left to the process
-- that wrote it.
CREATE TABLE outbox (
  id    TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  ids   TEXT NOT NULL,
  note  TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE entries (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  key         TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL,
  payment     TEXT NOT NULL,
  description TEXT NOT NULL,
  at          INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_payment ON entries (payment);

CREATE TABLE postings (
  entry    TEXT NOT NULL REFERENCES entries (id),
  line     INTEGER NOT NULL,
  account  TEXT NOT NULL,
  side     TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount   TEXT NOT NULL,
  PRIMARY KEY (entry, line)
) STRICT, WITHOUT ROWID;

-- The hash chain, and the balances of what is sealed.
CREATE TABLE seals (
  number INTEGER PRIMARY KEY,
  entry  TEXT NOT NULL UNIQUE REFERENCES entries (id),
  seq    INTEGER NOT NULL,
  hash   TEXT NOT NULL
) STRICT;
CREATE TABLE balances (
  account  TEXT NOT NULL,
  currency TEXT NOT NULL,
  debits   TEXT NOT NULL,
  credits  TEXT NOT NULL,
  PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
  merchant TEXT PRIMARY KEY,
  last     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  merchant TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  id       TEXT NOT NULL UNIQUE,
  type     TEXT NOT NULL,
  payment  TEXT NOT NULL,
  at       INTEGER NOT NULL,
  data     TEXT NOT NULL,
  PRIMARY KEY (merchant, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_payment ON events (payment);

-- How far each sink has written each merchant's events, and who is writing until when.
CREATE TABLE cursors (
  sink     TEXT NOT NULL,
  merchant TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  owner    TEXT NOT NULL DEFAULT '',
  until    INTEGER NOT NULL,
  PRIMARY KEY (sink, merchant)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoints (
  id       TEXT PRIMARY KEY,
  merchant TEXT NOT NULL,
  doc      TEXT NOT NULL
) STRICT;
CREATE INDEX endpoints_merchant ON endpoints (merchant);

CREATE TABLE deliveries (
  endpoint TEXT NOT NULL,
  id       TEXT NOT NULL,
  event    TEXT NOT NULL,
  payment  TEXT NOT NULL,
  status   TEXT NOT NULL,
  tries    INTEGER NOT NULL,
  next_at  INTEGER NOT NULL,
  PRIMARY KEY (endpoint, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE status = 'pending';
CREATE INDEX deliveries_payment ON deliveries (payment);

-- What of a try cannot be made again from its event. Tries of edited bodies have
-- numbers below zero; they are outside the schedule.
CREATE TABLE attempts (
  delivery  TEXT NOT NULL,
  number    INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  took      INTEGER NOT NULL,
  url       TEXT NOT NULL,
  signature TEXT NOT NULL,
  form      TEXT NOT NULL,
  edited    TEXT NOT NULL DEFAULT '', -- the body, where somebody changed it
  code      INTEGER NOT NULL,
  error     TEXT NOT NULL,
  headers   TEXT NOT NULL,
  response  TEXT NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- Messages that nobody could use, kept for people.
CREATE TABLE letters (
  id         TEXT PRIMARY KEY,
  at         INTEGER NOT NULL,
  message    TEXT NOT NULL,
  exchange   TEXT NOT NULL,
  key        TEXT NOT NULL,
  queue      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  type       TEXT NOT NULL,
  deliveries INTEGER NOT NULL,
  headers    TEXT NOT NULL,
  body       BLOB NOT NULL
) STRICT;

CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- What was booked, told or received stays as it was.
-- +goose StatementBegin
CREATE TRIGGER entries_frozen BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_kept BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_frozen BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_kept BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_frozen BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
