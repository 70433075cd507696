-- +goose Up

-- Seals are written by the block: one row for all that were made at once, with the ids of what they seal, in the
-- order of their numbers, and the hashes. A row and two index entries for each seal were 5 % of a payment's work here.
-- A record's block is the first whose latest record is not before it; see seals.go.
ALTER TABLE seals RENAME TO seals_single;
ALTER TABLE audit_seals RENAME TO audit_seals_single;

CREATE TABLE seals (
  number BIGINT PRIMARY KEY,         -- of the first
  last   BIGINT NOT NULL CHECK (number <= last),
  xid    XID8 NOT NULL,              -- of the latest record, which has the number last
  latest TEXT COLLATE "C" NOT NULL,  -- its id
  hash   TEXT NOT NULL,              -- and its hash
  ids    TEXT[] COLLATE "C" NOT NULL CHECK (cardinality(ids) = last - number + 1),
  hashes TEXT[] NOT NULL CHECK (cardinality(hashes) = last - number + 1)
);
CREATE UNIQUE INDEX seals_latest ON seals (xid, latest);
ALTER TABLE seals ALTER ids SET STORAGE EXTERNAL, ALTER hashes SET STORAGE EXTERNAL; -- hashes do not get smaller

CREATE TABLE audit_seals (LIKE seals INCLUDING ALL);

INSERT INTO seals (number, last, xid, latest, hash, ids, hashes)
SELECT min(number), max(number), (array_agg(xid ORDER BY number DESC))[1], (array_agg(entry ORDER BY number DESC))[1],
  (array_agg(hash ORDER BY number DESC))[1], array_agg(entry ORDER BY number), array_agg(hash ORDER BY number)
FROM (SELECT *, number - row_number() OVER (ORDER BY number) AS island FROM seals_single) s GROUP BY island, number / 1000;
INSERT INTO audit_seals (number, last, xid, latest, hash, ids, hashes)
SELECT min(number), max(number), (array_agg(xid ORDER BY number DESC))[1], (array_agg(audit ORDER BY number DESC))[1],
  (array_agg(hash ORDER BY number DESC))[1], array_agg(audit ORDER BY number), array_agg(hash ORDER BY number)
FROM (SELECT *, number - row_number() OVER (ORDER BY number) AS island FROM audit_seals_single) s GROUP BY island, number / 1000;
DROP TABLE seals_single;
DROP TABLE audit_seals_single;

-- A block goes when all of its numbers are in a gap.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION seal_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM gaps WHERE chain = TG_ARGV[0] AND first <= OLD.number AND last >= OLD.last;
  IF NOT FOUND THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER seals_append_only BEFORE UPDATE OR TRUNCATE ON seals FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER seals_part BEFORE DELETE ON seals FOR EACH ROW EXECUTE FUNCTION seal_parts('ledger');
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_seals_part BEFORE DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION seal_parts('audit');

-- +goose Down
SELECT 1;
