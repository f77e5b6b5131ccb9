-- Where blocks were that are gone: what has been there is found in the change log by its id, and here by its range.
CREATE TABLE block_gone (
  family BIGINT NOT NULL,
  first BYTEA NOT NULL,
  mask BIGINT NOT NULL,
  block_id BIGINT NOT NULL,
  PRIMARY KEY (family, first, mask, block_id)
)
--sqlite: WITHOUT ROWID
;
