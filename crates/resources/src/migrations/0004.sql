-- Copies of resources, kept on request and whenever one is deleted. `content` is the copy in JSON; the version and the
-- path are those that the resource had then.
CREATE TABLE resource_archive (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  resource_version BIGINT NOT NULL,
--sqlite:   path TEXT NOT NULL,
--postgres:   path TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  taken_at BIGINT NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX resource_archive_of ON resource_archive (resource_id, id);
CREATE INDEX resource_archive_path ON resource_archive (path);
