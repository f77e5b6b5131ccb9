-- Failed sign-ins. `print` is a keyed fingerprint of the name or the network: in place of a name people type passwords.
CREATE TABLE sign_in_failure (
  print BYTEA PRIMARY KEY,
  failed BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failure_last_at ON sign_in_failure (last_at);
