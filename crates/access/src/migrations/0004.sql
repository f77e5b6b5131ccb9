-- What was mailed to those who have lost their password: the hash of a token, good for an hour and once.
CREATE TABLE password_reset (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES user_account (id),
  secret_hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_user ON password_reset (user_id);

-- People are found by where they get mail, in any case.
CREATE INDEX user_account_email ON user_account (LOWER(email)) WHERE email IS NOT NULL;
