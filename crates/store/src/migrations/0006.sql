-- What dry runs have shown, for as long as somebody may want to have exactly that done.

-- `token` is the hash of the token by which it is done, `request` tells to which request it belongs, and `used` counts how
-- often it was done.
CREATE TABLE preview (
  token BYTEA PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  request TEXT NOT NULL,
  shown TEXT NOT NULL,
  used BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX preview_at ON preview (at);

-- What has been done under a name by which it is done once.
CREATE TABLE done_once (
  name TEXT PRIMARY KEY,
  at BIGINT NOT NULL
)
--sqlite: WITHOUT ROWID
;
