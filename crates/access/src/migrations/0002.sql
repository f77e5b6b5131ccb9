-- How mail is sent: one row, with the id 1. The password is sealed with the master key.
CREATE TABLE mail_settings (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  host TEXT NOT NULL,
  port BIGINT NOT NULL,
  security TEXT NOT NULL,
  username TEXT,
  secret_password BYTEA,
  from_address TEXT NOT NULL,
  ca TEXT
);
