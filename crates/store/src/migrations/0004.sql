-- How long the log is kept.

-- One row, with id 1; none when it is kept for ever.
CREATE TABLE log_retention (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  days BIGINT NOT NULL
);

-- One row, once a part of the log has been thrown away: the last seal of that part, the time of the latest entry in it,
-- and how many entries it had.
CREATE TABLE audit_cut (
  one BIGINT PRIMARY KEY,
  n BIGINT NOT NULL,
  until BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  signature BYTEA NOT NULL
);
