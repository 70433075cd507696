-- +goose Up

-- Payments that are let go by the present transaction. It is empty at the end of each: only with a
-- payment that is listed here do entries, postings and events go, and only one that is final is.
CREATE TABLE parting (payment TEXT COLLATE "C" PRIMARY KEY);

-- Runs of a chain that were let go; the chain goes on after one from its hash. A seal goes only when
-- its number is in one.
CREATE TABLE gaps (
  chain TEXT NOT NULL,    -- 'ledger' or 'audit'
  first BIGINT NOT NULL,
  last  BIGINT NOT NULL CHECK (first <= last),
  hash  TEXT NOT NULL,    -- of the last one
  PRIMARY KEY (chain, first)
);
CREATE UNIQUE INDEX gaps_last ON gaps (chain, last);

-- What the entries that were let go come to, like balances.
CREATE TABLE openings (
  account  TEXT NOT NULL,
  currency TEXT NOT NULL,
  debits   NUMERIC NOT NULL,
  credits  NUMERIC NOT NULL,
  PRIMARY KEY (account, currency)
);

-- The sequence number up to which some of a merchant's events were let go.
CREATE TABLE floors (
  merchant TEXT COLLATE "C" PRIMARY KEY,
  sequence BIGINT NOT NULL
);

-- One row: how many payments were let go, the newest of them, and when its newest entry was booked.
CREATE TABLE horizon (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  payments BIGINT NOT NULL,
  newest   TEXT COLLATE "C" NOT NULL,
  booked   TIMESTAMPTZ
);
INSERT INTO horizon (one, payments, newest) VALUES (1, 0, '');

-- +goose StatementBegin
CREATE FUNCTION parting_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM states WHERE payment = NEW.payment AND due_at IS NULL
    AND status IN ('captured', 'declined', 'failed', 'canceled', 'voided', 'abandoned');
  IF NOT FOUND THEN RAISE EXCEPTION 'only a final payment can be let go'; END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER parting_final BEFORE INSERT ON parting FOR EACH ROW EXECUTE FUNCTION parting_final();

-- +goose StatementBegin
CREATE FUNCTION parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM parting WHERE payment = OLD.payment;
  IF NOT FOUND THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION posting_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM entries e JOIN parting p ON p.payment = e.payment WHERE e.id = OLD.entry;
  IF NOT FOUND THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM parting p WHERE p.payment = OLD.object;
  IF FOUND THEN RETURN OLD; END IF;
  PERFORM FROM parting p JOIN records r ON r.payment = p.payment WHERE r.id = OLD.object AND r.kind <> 'break';
  IF NOT FOUND THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION seal_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM gaps WHERE chain = TG_ARGV[0] AND first <= OLD.number AND last >= OLD.number;
  IF NOT FOUND THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd

DROP TRIGGER entries_append_only ON entries;
CREATE TRIGGER entries_append_only BEFORE UPDATE OR TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER entries_part BEFORE DELETE ON entries FOR EACH ROW EXECUTE FUNCTION parts();
DROP TRIGGER postings_append_only ON postings;
CREATE TRIGGER postings_append_only BEFORE UPDATE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER postings_part BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION posting_parts();
DROP TRIGGER events_append_only ON events;
CREATE TRIGGER events_append_only BEFORE UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER events_part BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION parts();
CREATE TRIGGER seals_append_only BEFORE UPDATE OR TRUNCATE ON seals FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER seals_part BEFORE DELETE ON seals FOR EACH ROW EXECUTE FUNCTION seal_parts('ledger');
DROP TRIGGER audits_append_only ON audits;
CREATE TRIGGER audits_append_only BEFORE UPDATE OR TRUNCATE ON audits FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audits_part BEFORE DELETE ON audits FOR EACH ROW EXECUTE FUNCTION audit_parts();
DROP TRIGGER audit_seals_append_only ON audit_seals;
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_seals_part BEFORE DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION seal_parts('audit');

-- +goose Down
SELECT 1;
