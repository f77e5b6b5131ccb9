-- Ranges of VLAN numbers that are managed together. `tags` is a JSON list of named parts of the range.
CREATE TABLE vlan_domain (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  extended BIGINT NOT NULL,
  tags TEXT NOT NULL
);
CREATE TABLE vlan (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  domain_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  name TEXT,
  notes TEXT,
  UNIQUE (domain_id, number)
);
