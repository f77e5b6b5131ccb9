-- A file of entries on its way in, in pieces: any node may run the import.
CREATE TABLE resource_import_piece (
  upload TEXT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (upload, n)
);

-- The entries of a section in the order of lists.
CREATE INDEX resource_section_name ON resource (section_id, LOWER(name), id) WHERE section_id IS NOT NULL;
DROP INDEX resource_section;

-- Saved lists. The definition is JSON: sections, columns, filters, parameters and the order.
CREATE TABLE resource_view (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  owner_id BIGINT,
  name TEXT NOT NULL,
  shared BIGINT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL
);
CREATE INDEX resource_view_owner ON resource_view (owner_id);
