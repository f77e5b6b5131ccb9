-- Accounts at the registries. The id is that of the resource that the LIR is.
CREATE TABLE lir (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  rir TEXT NOT NULL,
  asn BIGINT,
  org_ids TEXT NOT NULL,
  admin_poc TEXT,
  tech_poc TEXT,
  abuse_poc TEXT,
  net_name_prefix TEXT,
  maintainer TEXT,
  api_key BYTEA,
  password BYTEA
);

-- What a registry has registered for a block. The range stands here as well: blocks are split and merged, and what was
-- registered stays at the registry until it is taken back.
CREATE TABLE registration (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  block_id BIGINT NOT NULL UNIQUE,
  lir_id BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  cidr TEXT NOT NULL,
  action TEXT NOT NULL,
  net_handle TEXT NOT NULL,
  net_name TEXT,
  customer_handle TEXT,
  org_handle TEXT,
  registered_at BIGINT NOT NULL
);
CREATE INDEX registration_lir ON registration (lir_id);
CREATE INDEX registration_resource ON registration (resource_id);

-- Changes at a registry on their way. `sent` names the write whose outcome is not known, and `sent_at` says since when.
CREATE TABLE swip (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  block_id BIGINT NOT NULL,
  lir_id BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  cidr TEXT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  entity_handle TEXT NOT NULL,
  recipient TEXT,
  net_name TEXT NOT NULL,
  customer TEXT,
  parent_net TEXT,
  customer_handle TEXT,
  net_handle TEXT,
  sent TEXT,
  sent_at BIGINT,
  doubts BIGINT NOT NULL,
  ticket TEXT,
  message TEXT,
  job_id BIGINT,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX swip_block ON swip (block_id, id);
CREATE INDEX swip_lir ON swip (lir_id);
-- One at a time for each block.
CREATE UNIQUE INDEX swip_open ON swip (block_id) WHERE state IN ('draft', 'validated', 'sent', 'ticket');

-- What was said to a registry and what it answered, word for word but for keys.
CREATE TABLE swip_exchange (
  swip_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  request TEXT,
  status BIGINT,
  response TEXT,
  PRIMARY KEY (swip_id, n)
);
