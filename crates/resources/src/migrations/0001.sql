-- The tree. `path` holds the ids from the top down to the resource itself, as `/1/7/23/`: everything below a resource
-- has a path that begins with its own. Texts are compared byte by byte, as SQLite does anyway, so that both engines
-- sort alike and an index on the path serves a range of paths.
CREATE TABLE resource (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  parent_id BIGINT REFERENCES resource (id),
--sqlite:   kind TEXT NOT NULL,
--postgres:   kind TEXT COLLATE "C" NOT NULL,
--sqlite:   name TEXT NOT NULL,
--sqlite:   slug TEXT NOT NULL,
--sqlite:   path TEXT NOT NULL,
--postgres:   name TEXT COLLATE "C" NOT NULL,
--postgres:   slug TEXT COLLATE "C" NOT NULL,
--postgres:   path TEXT COLLATE "C" NOT NULL,
  category_id BIGINT,
  section_id BIGINT,
--sqlite:   custom_id TEXT,
--postgres:   custom_id TEXT COLLATE "C",
  is_system BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX resource_slug ON resource (slug);
CREATE INDEX resource_path ON resource (path);
CREATE INDEX resource_children ON resource (parent_id, LOWER(name), id);
CREATE INDEX resource_name ON resource (LOWER(name), id);
CREATE INDEX resource_kind ON resource (kind, LOWER(name), id);
CREATE INDEX resource_section ON resource (section_id) WHERE section_id IS NOT NULL;
CREATE INDEX resource_category ON resource (category_id) WHERE category_id IS NOT NULL;
CREATE INDEX resource_custom_id ON resource (custom_id) WHERE custom_id IS NOT NULL;

-- Attributes; one that has several values has several rows, in the order of `position`. `number` is there when the
-- value reads as a number, and sorts as these numbers do. The index holds the beginning of a value, since a whole one
-- may be too large for an index.
CREATE TABLE resource_attr (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
--sqlite:   name TEXT NOT NULL,
--postgres:   name TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,
--sqlite:   value TEXT NOT NULL,
--postgres:   value TEXT COLLATE "C" NOT NULL,
  number BIGINT
);
CREATE UNIQUE INDEX resource_attr_place ON resource_attr (resource_id, name, position);
CREATE INDEX resource_attr_value ON resource_attr (SUBSTR(value, 1, 64), name, resource_id);
CREATE INDEX resource_attr_name ON resource_attr (name, number);

-- The fields of a section, in order; a field may stand in a section several times.
CREATE TABLE section_field (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  section_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  field_id BIGINT NOT NULL,
  help_block TEXT
);
CREATE UNIQUE INDEX section_field_place ON section_field (section_id, position);
CREATE INDEX section_field_field ON section_field (field_id);

-- The gadgets that the pages of a section's entries show, in order.
CREATE TABLE section_gadget (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  section_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  code TEXT NOT NULL,
  uuid TEXT NOT NULL
);
CREATE UNIQUE INDEX section_gadget_place ON section_gadget (section_id, position);

-- Named relations between two resources.
CREATE TABLE resource_link (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  resource_id1 BIGINT NOT NULL,
  resource_id2 BIGINT NOT NULL,
--sqlite:   relation TEXT NOT NULL,
--postgres:   relation TEXT COLLATE "C" NOT NULL,
  data TEXT
);
CREATE UNIQUE INDEX resource_link_first ON resource_link (resource_id1, relation, resource_id2);
CREATE INDEX resource_link_second ON resource_link (resource_id2, relation, resource_id1);
CREATE INDEX resource_link_relation ON resource_link (relation, id);
