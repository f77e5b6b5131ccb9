-- The authenticator app of a user (RFC 6238). The secret is sealed with the master key. It counts once it is confirmed.
CREATE TABLE totp (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL UNIQUE REFERENCES user_account (id),
  secret BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT
);

-- The latest step of time whose code was used: no code of it or of an earlier one is taken again.
CREATE TABLE totp_use (
  totp_id BIGINT PRIMARY KEY,
  step BIGINT NOT NULL
);

-- `hash` is a keyed hash; a code that was used is deleted.
CREATE TABLE recovery_code (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  hash BYTEA NOT NULL UNIQUE
);
CREATE INDEX recovery_code_user ON recovery_code (user_id);

ALTER TABLE sign_in_policy ADD COLUMN second_factor_required BIGINT NOT NULL DEFAULT 0;

-- The groups whose users need a second factor. An entry whose group is gone has no effect.
CREATE TABLE second_factor_group (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  group_id BIGINT NOT NULL UNIQUE
);
