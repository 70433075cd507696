-- +goose Up

-- Lists of identifiers do not get much smaller by compression, and to try it cost more than to write them: they stay in
-- their row as long as it fits into a page.
ALTER TABLE outbox ALTER ids SET STORAGE EXTERNAL;
ALTER TABLE outbox SET (toast_tuple_target = 8160);
ALTER TABLE seals SET (toast_tuple_target = 8160);
ALTER TABLE audit_seals SET (toast_tuple_target = 8160);

-- +goose Down
SELECT 1;
