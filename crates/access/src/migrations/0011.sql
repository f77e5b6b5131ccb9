-- Passkeys (WebAuthn). `credential` holds the public key and how often it was used, as JSON.
CREATE TABLE passkey (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  name TEXT NOT NULL,
  credential_id BYTEA NOT NULL UNIQUE,
  credential TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX passkey_user ON passkey (user_id);
