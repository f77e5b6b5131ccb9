-- Fewer pages to write for each assignment: a block and its halves now lie side by side in every index.

-- The unique place of a block, and the version that every change repeats, keep leaves from overlapping.
DROP INDEX block_leaf;
-- Filtered lists. The state comes last, so that a block that changes it stays where it is.
DROP INDEX block_list;
CREATE INDEX block_list ON block (profile_id, family, first, mask, space, state);
-- Lists of what may be rare among the blocks of a profile. SQLite uses an index of some rows only where it needs no
-- look at the table, hence the state.
CREATE INDEX block_free ON block (profile_id, family, first, mask, space, state) WHERE state = 0;
CREATE INDEX block_rare ON block (profile_id, family, first, mask, space, state) WHERE state = 2 OR state = 4;
-- What a resource holds; 2 is the Available resource, which holds too much to be asked for.
DROP INDEX block_holder;
CREATE INDEX block_holder ON block (holder, family, first, mask, space) WHERE holder <> 2;
