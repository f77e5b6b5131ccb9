-- Files attached to resources: what is known of each. The files themselves are objects outside of the database, each
-- under the name in `object`. Of a resource that is deleted they stay, for the day when it is restored.
CREATE TABLE resource_attachment (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  object TEXT NOT NULL,
  actor_id BIGINT,
  actor TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX resource_attachment_of ON resource_attachment (resource_id, id);
CREATE UNIQUE INDEX resource_attachment_object ON resource_attachment (object);
