-- Values that are kept from sight: `sealed` holds what was given, encrypted with the master key, and `value` what is
-- shown in its place.
ALTER TABLE resource_attr ADD COLUMN sealed BYTEA;
