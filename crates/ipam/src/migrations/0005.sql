-- How much space the members of a group may bring below a resource. Groups belong to another slice; a quota whose group
-- or resource is gone has no effect. `mask` is 0 where addresses (of IPv6: /64s) are counted, else the mask of the blocks
-- that are.
CREATE TABLE quota (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  family BIGINT NOT NULL,
  mask BIGINT NOT NULL,
  most BIGINT NOT NULL,
  UNIQUE (group_id, resource_id, family, mask)
);
