-- What else decides which block is given away: the VRF (1 is "No VRF"), the domain of the VLAN (1 is the default one),
-- the rule that keeps positions back, as a JSON object, and the scheme of sparse allocation.
ALTER TABLE block_profile ADD COLUMN vrf_id BIGINT NOT NULL DEFAULT 1;
ALTER TABLE block_profile ADD COLUMN vlan_domain_id BIGINT NOT NULL DEFAULT 1;
ALTER TABLE block_profile ADD COLUMN rule TEXT;
ALTER TABLE block_profile ADD COLUMN sparse TEXT;

-- What is true of one block alone, and of few: that it is important or reserved, and its partner behind an address
-- translation. A JSON object; nothing for all others.
ALTER TABLE block ADD COLUMN marks TEXT;
