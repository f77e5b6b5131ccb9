-- What an instance calls its own columns of blocks, and the generic code.
CREATE TABLE ipam_column (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  field TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  shown BIGINT NOT NULL
);
