-- What a token may do less than its user, and where it may be used. Nothing stands for no such limit. `rights` are bits
-- as in permission; networks and origins are separated by spaces.
ALTER TABLE token ADD COLUMN rights BIGINT;
ALTER TABLE token ADD COLUMN networks TEXT;
ALTER TABLE token ADD COLUMN origins TEXT;
