-- The areas DNS, DHCP and DCIM are new. Whoever administers everything, or reads everything, does so there as well.
-- Bits: 17 is Admin; 1, 5, 9 and 13 are the rights to read so far; 18 to 29 are the new ones, 19, 23 and 27 to read.
UPDATE permission SET rights = rights | 1073479680 WHERE resource_id = 1 AND (rights & 131072) <> 0;
UPDATE permission SET rights = rights | 143130624 WHERE resource_id = 1 AND (rights & 8738) = 8738;
