-- Ways of signing in that ask another server. `settings` is JSON; the secret is sealed with the master key.
CREATE TABLE login_method (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  position BIGINT NOT NULL,
  enabled BIGINT NOT NULL,
  creates_users BIGINT NOT NULL,
  existing_users BIGINT NOT NULL,
  settings TEXT NOT NULL,
  group_map TEXT NOT NULL,
  secret BYTEA
);

-- The account by which a user signs in at such a server. A user has one at most.
CREATE TABLE login_account (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL UNIQUE REFERENCES user_account (id),
  method_id BIGINT NOT NULL REFERENCES login_method (id),
  subject TEXT NOT NULL
);
CREATE INDEX login_account_method ON login_account (method_id);
