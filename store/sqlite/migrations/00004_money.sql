-- +goose Up

-- What a bank settles and what is paid out, one row per movement.
CREATE TABLE items (
  id         TEXT PRIMARY KEY,
  merchant   TEXT NOT NULL,
  bank       TEXT NOT NULL,
  currency   TEXT NOT NULL,
  at         INTEGER NOT NULL, -- by the bank's clock
  state      TEXT NOT NULL,
  pays       INTEGER NOT NULL,
  settlement TEXT NOT NULL,
  payout     TEXT NOT NULL,
  doc        TEXT NOT NULL
) STRICT;
CREATE INDEX items_open ON items (bank, currency, at) WHERE state = 'open';
CREATE INDEX items_missing ON items (bank, id) WHERE state = 'missing';
CREATE INDEX items_payable ON items (merchant, currency) WHERE pays AND state = 'settled' AND payout = '';
CREATE INDEX items_settlement ON items (settlement, id) WHERE settlement <> '';
CREATE INDEX items_payout ON items (payout, id) WHERE payout <> '';

-- Holds, disputes, settlements with their batches and breaks, payouts.
CREATE TABLE records (
  id       TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  merchant TEXT NOT NULL,
  bank     TEXT NOT NULL,
  payment  TEXT NOT NULL,
  status   TEXT NOT NULL,
  due_at   INTEGER,
  doc      TEXT NOT NULL
) STRICT;
CREATE INDEX records_kind ON records (kind, id);
CREATE INDEX records_open_breaks ON records (bank) WHERE kind = 'break' AND status = 'open';
CREATE INDEX records_payment ON records (payment) WHERE payment <> '';
CREATE INDEX records_due ON records (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX postings_account ON postings (account, entry);

-- +goose Down
SELECT 1;
