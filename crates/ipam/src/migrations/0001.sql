-- Address space.

-- Interned sets of block attributes. The id is a digest of the content, so that a row never changes its meaning and
-- nodes need not agree on numbers. Absent values are NULL; `tags` is a JSON list, sorted.
CREATE TABLE block_profile (
  id BIGINT PRIMARY KEY,
  rir TEXT NOT NULL,
  region TEXT,
  vlan BIGINT,
  code TEXT,
  asn BIGINT,
  lir_id BIGINT,
  tags TEXT NOT NULL
);

-- A node of the binary tree below a top-level aggregate. `space` keeps apart aggregates that overlap on purpose.
-- `state`: 0 available, 1 assigned, 2 holding, 3 split, 4 pool.
CREATE TABLE block (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  parent_id BIGINT,
  root_id BIGINT NOT NULL,
  space BIGINT NOT NULL,
  family BIGINT NOT NULL,
  first BYTEA NOT NULL CHECK (length(first) = 16),
  mask BIGINT NOT NULL,
  state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 4),
  holder BIGINT NOT NULL,
  sub_assignable BIGINT NOT NULL,
  profile_id BIGINT NOT NULL,
  child1 BIGINT,
  child2 BIGINT,
  assigned_at BIGINT,
  held_since BIGINT,
  custody TEXT,
  notes TEXT,
  meta TEXT,
  updated_at BIGINT,
  CHECK ((state = 3) = (child1 IS NOT NULL) AND (child1 IS NULL) = (child2 IS NULL))
);
-- Identity, tree order, the block around an address, what lies inside a block.
CREATE UNIQUE INDEX block_place ON block (family, first, mask, space);
-- Two leaves never begin at the same address: the last guard against handing out space twice.
CREATE UNIQUE INDEX block_leaf ON block (family, first, space) WHERE child1 IS NULL;
-- Filtered lists and counts.
CREATE INDEX block_list ON block (profile_id, state, family, first, mask);
-- What a resource holds; 2 is the Available resource, which holds too much to be asked for.
CREATE INDEX block_holder ON block (holder, family, first, mask) WHERE holder <> 2;
CREATE INDEX block_top ON block (family, first, mask) WHERE parent_id IS NULL;
CREATE INDEX block_notes ON block (notes, id) WHERE notes IS NOT NULL;

-- How many leaves there are, kept up by every change.
CREATE TABLE block_count (
  root_id BIGINT NOT NULL,
  profile_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  mask BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (root_id, profile_id, state, mask)
)
--sqlite: WITHOUT ROWID
;

-- What nodes that share a database tell each other about free leaves.
CREATE TABLE block_journal (
  seq BIGINT PRIMARY KEY,
  changes TEXT NOT NULL
);

CREATE TABLE ipam_rir (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  value TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  position BIGINT NOT NULL
);
CREATE TABLE ipam_tag (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  position BIGINT NOT NULL
);
CREATE TABLE ipam_region (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  position BIGINT NOT NULL
);

-- A file on its way in, in pieces: any node may run the import.
CREATE TABLE import_piece (
  upload TEXT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (upload, n)
);
