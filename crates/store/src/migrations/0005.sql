-- The rights beyond which a job may do nothing, when whoever asked for it had such a limit; see kernel::Rights.
ALTER TABLE job ADD COLUMN rights BIGINT;
