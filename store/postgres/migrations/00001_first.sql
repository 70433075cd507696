-- +goose Up

-- The doc columns hold the whole value as JSON; the columns beside them are what
-- is searched. Identifiers compare bytewise: they sort by the time they were made.
CREATE TABLE payments (
  id        TEXT COLLATE "C" PRIMARY KEY,
  merchant  TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C" NOT NULL,
  idem_key  TEXT COLLATE "C"
);
CREATE UNIQUE INDEX payments_key ON payments (merchant, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX payments_reference ON payments (merchant, reference, id);
CREATE INDEX payments_merchant ON payments (merchant, id);

-- What changes about a payment stands apart from what does not: a change then
-- touches two indexes and not six.
CREATE TABLE states (
  payment TEXT COLLATE "C" PRIMARY KEY,
  status  TEXT NOT NULL,
  due_at  TIMESTAMPTZ,
  doc     JSON NOT NULL
);
CREATE INDEX states_due ON states (due_at) WHERE due_at IS NOT NULL;

-- Messages to and from banks. The primary key is the inbox: an incoming message
-- is stored once.
CREATE TABLE messages (
  id        TEXT COLLATE "C" PRIMARY KEY,
  direction TEXT NOT NULL,
  payment   TEXT COLLATE "C" NOT NULL,
  bank      TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  at        TIMESTAMPTZ NOT NULL,
  verdict   TEXT NOT NULL,
  note      TEXT NOT NULL,
  body      JSON NOT NULL
);
CREATE INDEX messages_payment ON messages (payment);

-- What has to leave by AMQP: one row per transaction, with the ids of its events
-- and requests. Until says how long the row is left to the process that wrote it.
CREATE TABLE outbox (
  id    TEXT COLLATE "C" PRIMARY KEY,
  until TIMESTAMPTZ NOT NULL,
  ids   TEXT[] NOT NULL,
  note  TEXT NOT NULL DEFAULT ''
);

CREATE TABLE entries (
  id          TEXT COLLATE "C" PRIMARY KEY,
  xid         XID8 NOT NULL DEFAULT pg_current_xact_id(),
  key         TEXT COLLATE "C" NOT NULL,
  kind        TEXT NOT NULL,
  payment     TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  at          TIMESTAMPTZ NOT NULL
);
-- Entries are sealed in the order of (xid, id), and only below the oldest
-- transaction still under way: none can appear later in between.
CREATE INDEX entries_chain ON entries (xid, id);
-- A key names its payment; the index finds a payment's entries as well.
CREATE UNIQUE INDEX entries_key ON entries (payment, key);

CREATE TABLE postings (
  entry    TEXT COLLATE "C" NOT NULL,
  line     INTEGER NOT NULL,
  account  TEXT NOT NULL,
  side     TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount   NUMERIC NOT NULL,
  PRIMARY KEY (entry, line)
);

-- The hash chain, and the balances of what is sealed.
CREATE TABLE seals (
  number BIGINT PRIMARY KEY,
  entry  TEXT COLLATE "C" NOT NULL UNIQUE,
  xid    XID8 NOT NULL,
  hash   TEXT NOT NULL
);
CREATE TABLE balances (
  account  TEXT NOT NULL,
  currency TEXT NOT NULL,
  debits   NUMERIC NOT NULL,
  credits  NUMERIC NOT NULL,
  PRIMARY KEY (account, currency)
);

CREATE TABLE sequences (
  merchant TEXT COLLATE "C" PRIMARY KEY,
  last     BIGINT NOT NULL
);
CREATE TABLE events (
  merchant TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  id       TEXT COLLATE "C" NOT NULL UNIQUE,
  type     TEXT NOT NULL,
  payment  TEXT COLLATE "C" NOT NULL,
  at       TIMESTAMPTZ NOT NULL,
  data     JSON NOT NULL,
  PRIMARY KEY (merchant, sequence)
);
CREATE INDEX events_payment ON events (payment);

-- How far each sink has written each merchant's events, and who is writing until when.
CREATE TABLE cursors (
  sink     TEXT COLLATE "C" NOT NULL,
  merchant TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  owner    TEXT NOT NULL DEFAULT '',
  until    TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (sink, merchant)
);

CREATE TABLE endpoints (
  id       TEXT COLLATE "C" PRIMARY KEY,
  merchant TEXT COLLATE "C" NOT NULL,
  doc      JSON NOT NULL
);
CREATE INDEX endpoints_merchant ON endpoints (merchant);

CREATE TABLE deliveries (
  endpoint TEXT COLLATE "C" NOT NULL,
  id       TEXT COLLATE "C" NOT NULL,
  event    TEXT COLLATE "C" NOT NULL,
  payment  TEXT COLLATE "C" NOT NULL,
  status   TEXT NOT NULL,
  tries    INTEGER NOT NULL,
  next_at  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (endpoint, id)
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE status = 'pending';
CREATE INDEX deliveries_payment ON deliveries (payment);

-- What of a try cannot be made again from its event. Tries of edited bodies have
-- numbers below zero; they are outside the schedule.
CREATE TABLE attempts (
  delivery  TEXT COLLATE "C" NOT NULL,
  number    BIGINT NOT NULL,
  at        TIMESTAMPTZ NOT NULL,
  took      BIGINT NOT NULL,
  url       TEXT NOT NULL,
  signature TEXT NOT NULL,
  form      TEXT NOT NULL,
  edited    TEXT NOT NULL DEFAULT '', -- the body, where somebody changed it
  code      INTEGER NOT NULL,
  error     TEXT NOT NULL,
  headers   TEXT NOT NULL,
  response  TEXT NOT NULL,
  PRIMARY KEY (delivery, number)
);

-- Messages that nobody could use, kept for people.
CREATE TABLE letters (
  id         TEXT COLLATE "C" PRIMARY KEY,
  at         TIMESTAMPTZ NOT NULL,
  message    TEXT NOT NULL,
  exchange   TEXT NOT NULL,
  key        TEXT NOT NULL,
  queue      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  type       TEXT NOT NULL,
  deliveries INTEGER NOT NULL,
  headers    TEXT NOT NULL,
  body       BYTEA NOT NULL
);

CREATE TABLE secrets (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value BYTEA NOT NULL
);


-- What was booked or told stays as it was.
-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- +goose Down
SELECT 1;
