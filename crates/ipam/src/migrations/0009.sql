-- Routing tables; addresses may be the same in two of them.
CREATE TABLE ipam_vrf (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  route_distinguisher TEXT UNIQUE,
  notes TEXT
);
