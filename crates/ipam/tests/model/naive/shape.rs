//! Splitting and merging.

use kernel::Prefix;

use super::{Answer, Block, Naive, Name, Refusal, State};

impl Naive {
    pub(crate) fn split(&mut self, name: Name, mask: Option<u8>, limit: Option<u32>) -> Answer {
        let at = self.named(name)?;
        let block = self.blocks[at].prefix;
        if !self.blocks[at].is_free() {
            return Err("only free space can be split");
        }
        if block.mask() == block.family().bits() {
            return Err("it is a single address");
        }
        if mask.is_some_and(|mask| mask <= block.mask() || mask > block.family().bits()) {
            return Err("the mask does not fit");
        }
        if limit.is_some_and(|limit| limit < 2 || !limit.is_power_of_two()) {
            return Err("the limit is not a power of two");
        }
        let wanted = match (mask, limit) {
            (None, None) => block.mask() + 1,
            (Some(mask), _) => mask,
            (None, Some(limit)) => block.mask() + u8::try_from(limit.ilog2()).unwrap(),
        };
        if wanted > block.family().bits() {
            return Err("it has fewer addresses than that");
        }
        let most = if mask.is_some() { limit } else { None };
        let pieces = pieces(block, wanted, most);
        for piece in &pieces {
            self.make(at, *piece);
        }
        let mut leaves: Vec<Prefix> = self.leaves(at).into_iter().map(|leaf| self.blocks[leaf].prefix).collect();
        leaves.sort();
        Ok(leaves)
    }

    /// Splits leaves inside this block until there is one with this range; returns its place.
    pub(super) fn make(&mut self, at: usize, wanted: Prefix) -> usize {
        let root = self.blocks[at].root;
        loop {
            if let Some(there) = self.at(root, wanted) {
                return there;
            }
            let around =
                |block: &Block| block.root == root && block.state != State::Split && block.prefix.contains(wanted);
            let leaf = self.blocks.iter().position(around).unwrap();
            let (low, high) = self.blocks[leaf].prefix.halves().unwrap();
            for half in [low, high] {
                let half = Block { prefix: half, ..self.blocks[leaf].clone() };
                self.blocks.push(half);
            }
            self.blocks[leaf].state = State::Split;
        }
    }

    pub(crate) fn aggregate(&mut self, name: Name, mask: Option<u8>, ignore: bool) -> Answer {
        let at = self.named(name)?;
        let (root, block) = (self.blocks[at].root, self.blocks[at].prefix);
        let mut into: Vec<Prefix> = match mask {
            None if self.is_root(&self.blocks[at]) => return Err("nothing is larger"),
            None => vec![block.parent().unwrap()],
            Some(mask) if mask > block.family().bits() => return Err("the mask does not fit"),
            Some(mask) if mask > block.mask() => {
                let below = self.below(at).into_iter().map(|at| &self.blocks[at]);
                below.filter(|b| b.prefix.mask() == mask && b.state == State::Split).map(|b| b.prefix).collect()
            }
            Some(mask) => {
                let around = Prefix::containing(block.family(), block.first(), mask).unwrap();
                let split = self.at(root, around).is_some_and(|at| self.blocks[at].state == State::Split);
                if split { vec![around] } else { Vec::new() }
            }
        };
        if into.is_empty() {
            return Err("there is nothing to merge");
        }
        for survivor in &into {
            let at = self.at(root, *survivor).unwrap();
            if ignore {
                self.return_all(at);
            }
            self.fold(at)?;
        }
        // The door answers with the first one.
        into.truncate(1);
        Ok(into)
    }

    /// Takes the leaves back along their chains, the longest first, until they are alike.
    fn return_all(&mut self, at: usize) {
        while !self.alike(at) {
            let leaves = self.leaves(at);
            let longest = leaves.iter().map(|leaf| self.blocks[*leaf].custody.len()).max().unwrap();
            for leaf in leaves {
                if self.blocks[leaf].state != State::Available && self.blocks[leaf].custody.len() == longest {
                    self.give_back(leaf);
                }
            }
        }
    }

    /// Whether the leaves below could be one: none of them used up, all of one holder and one origin.
    pub(super) fn alike(&self, at: usize) -> bool {
        let leaves: Vec<&Block> = self.leaves(at).into_iter().map(|leaf| &self.blocks[leaf]).collect();
        let same = |leaf: &&Block| {
            (leaf.state, leaf.holder, &leaf.custody) == (leaves[0].state, leaves[0].holder, &leaves[0].custody)
        };
        leaves[0].state != State::Assigned && leaves.iter().all(same)
    }

    /// Makes a split block a leaf again, when its leaves are alike. It keeps its own attributes.
    pub(super) fn fold(&mut self, at: usize) -> Result<(), Refusal> {
        if !self.alike(at) {
            return Err("what is below can't be one block");
        }
        let leaves: Vec<Block> = self.leaves(at).into_iter().map(|leaf| self.blocks[leaf].clone()).collect();
        let block = &mut self.blocks[at];
        block.state = leaves[0].state;
        block.holder = leaves[0].holder;
        block.sub_assignable = leaves[0].sub_assignable;
        block.custody.clone_from(&leaves[0].custody);
        block.held_since = leaves.iter().filter_map(|leaf| leaf.held_since).max();
        let (root, whole) = (block.root, block.prefix);
        self.blocks.retain(|block| block.root != root || block.prefix == whole || !whole.contains(block.prefix));
        Ok(())
    }
}

/// All blocks of this mask inside the block, or so many at its low end.
fn pieces(block: Prefix, mask: u8, most: Option<u32>) -> Vec<Prefix> {
    let all = 1_u128 << (mask - block.mask());
    let size = 1_u128.checked_shl(u32::from(block.family().bits() - mask)).unwrap_or(0);
    let many = most.map_or(all, |most| all.min(u128::from(most)));
    (0..many).map(|n| Prefix::containing(block.family(), block.first() + n * size, mask).unwrap()).collect()
}
