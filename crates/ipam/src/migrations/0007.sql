-- Positions in a block that are never given away; `positions` is a JSON list.
CREATE TABLE ipam_rule (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  positions TEXT NOT NULL
);
