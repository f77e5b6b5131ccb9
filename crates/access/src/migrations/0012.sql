-- Providers of OpenID Connect. `secret` is sealed with the master key. `groups` says which value of the claim puts into
-- which group, as JSON.
CREATE TABLE oidc_provider (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret BYTEA,
  scopes TEXT NOT NULL,
  username_claim TEXT NOT NULL,
  groups_claim TEXT,
  groups TEXT NOT NULL,
  add_users BIGINT NOT NULL,
  enabled BIGINT NOT NULL
);

-- By which a provider knows a user.
CREATE TABLE external_identity (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  provider_id BIGINT NOT NULL REFERENCES oidc_provider (id),
  subject TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (provider_id, subject)
);
CREATE INDEX external_identity_user ON external_identity (user_id);
