-- What has been used to sign in and must not be used again; `hash` is the SHA-256 of what was sealed for the browser.
CREATE TABLE spent_ceremony (
  hash BYTEA PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX spent_ceremony_expires ON spent_ceremony (expires_at);
