-- A sign-in of a browser. `hash` is the SHA-256 of the secret in its cookie.
CREATE TABLE session (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  hash BYTEA NOT NULL UNIQUE,
  method TEXT NOT NULL,
  address TEXT,
  agent TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);

-- When a session was last used, to within some minutes.
CREATE TABLE session_use (
  session_id BIGINT PRIMARY KEY,
  last_used_at BIGINT NOT NULL
);

-- One row, or none as long as nobody has chosen anything. Without `session_idle_minutes` only the hours count.
CREATE TABLE sign_in_policy (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  session_idle_minutes BIGINT,
  session_hours BIGINT NOT NULL
);
