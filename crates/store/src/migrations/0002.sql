-- The audit chain over the change log.

-- A seal is written once. `entries` is a list of 40 bytes each: the id of an entry, big-endian, and its SHA-256.
CREATE TABLE audit_seal (
  n BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  previous BYTEA NOT NULL,
  entries BYTEA NOT NULL,
  caught_up BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  signature BYTEA NOT NULL
);

-- One row: the last seal.
CREATE TABLE audit_head (
  one BIGINT PRIMARY KEY,
  n BIGINT NOT NULL,
  hash BYTEA NOT NULL
);

-- The ids of entries that are in no seal, as ranges: some will never be used, others come late.
CREATE TABLE audit_gap (
  first BIGINT PRIMARY KEY,
  last BIGINT NOT NULL
);
INSERT INTO audit_gap (first, last) VALUES (-9223372036854775807, 9223372036854775807);

-- The log is read by time. New entries come at its end, so a writer touches one page of it.
CREATE INDEX change_at ON change (at, id);
