-- People and programs. `name_key` is the name in lower case, so that Ann and ann can't be two.
CREATE TABLE user_account (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  email TEXT,
  password_hash TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE user_group (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  enabled BIGINT NOT NULL
);

CREATE TABLE group_member (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  group_id BIGINT NOT NULL REFERENCES user_group (id),
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  UNIQUE (group_id, user_id)
);
CREATE INDEX group_member_user ON group_member (user_id);

-- The resource belongs to another slice; an entry whose resource is gone has no effect.
CREATE TABLE permission (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  group_id BIGINT NOT NULL REFERENCES user_group (id),
  resource_id BIGINT NOT NULL,
  rights BIGINT NOT NULL,
  UNIQUE (group_id, resource_id)
);
CREATE INDEX permission_resource ON permission (resource_id);

-- `hash` is the SHA-256 of the token.
CREATE TABLE token (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX token_user ON token (user_id);

-- When a token was last used, to within some minutes.
CREATE TABLE token_use (
  token_id BIGINT PRIMARY KEY,
  last_used_at BIGINT NOT NULL
);

-- The keys of API v1. The secret is sealed with the master key, since checking a signature needs it as it is.
CREATE TABLE api_key (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL UNIQUE REFERENCES user_account (id),
  key_text TEXT NOT NULL UNIQUE,
  secret BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

-- One row: a known text sealed with the master key, by which a wrong key is noticed at the start.
CREATE TABLE master_key_check (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  sealed BYTEA NOT NULL
);
