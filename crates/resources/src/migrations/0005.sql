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
