//! What address space is, said as simply as it can be: a list of blocks, and everything found by walking over it.

mod assign;
mod shape;
mod update;

use std::{collections::BTreeSet, fmt};

use kernel::Prefix;

pub(crate) use assign::{Recipient, Source, Wanted};
pub(crate) use update::{Patch, Tags};

/// The resource that holds what nobody has.
pub(crate) const AVAILABLE: i64 = 2;
/// The resource that holds what rests.
pub(crate) const HOLDING: i64 = 3;

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Available,
    Assigned,
    Pool,
    Holding,
    Split,
}

/// The attributes by which blocks are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Profile {
    pub(crate) rir: &'static str,
    pub(crate) region: Option<&'static str>,
    pub(crate) vlan: Option<i64>,
    pub(crate) code: Option<&'static str>,
    pub(crate) tags: BTreeSet<&'static str>,
}

/// A block. The aggregate it belongs to and its range name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The number of its aggregate, in the order in which they were added.
    pub(crate) root: usize,
    /// Aggregates of one space do not overlap.
    pub(crate) space: i64,
    pub(crate) prefix: Prefix,
    pub(crate) state: State,
    pub(crate) holder: i64,
    pub(crate) sub_assignable: bool,
    pub(crate) profile: Profile,
    /// To whom it goes back, the next one last.
    pub(crate) custody: Vec<i64>,
    pub(crate) notes: Option<&'static str>,
    /// Since which day it has rested.
    pub(crate) held_since: Option<i64>,
}

/// How a request names a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    /// By its id: exactly this one.
    Id(usize, Prefix),
    /// By its range, which may stand for several.
    Cidr(Prefix),
}

/// What a new aggregate is like.
#[derive(Debug, Clone)]
pub(crate) struct NewRoot {
    pub(crate) prefix: Prefix,
    pub(crate) profile: Profile,
    pub(crate) holder: Option<i64>,
    pub(crate) sub_assignable: bool,
    pub(crate) duplicate: bool,
    pub(crate) notes: Option<&'static str>,
}

/// Which rule refuses something.
pub(crate) type Refusal = &'static str;

/// The ranges that a request answers with; or why it is refused.
pub(crate) type Answer = Result<Vec<Prefix>, Refusal>;

/// All blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Naive {
    pub(crate) blocks: Vec<Block>,
    /// How many aggregates were ever added.
    pub(crate) roots: usize,
    pub(crate) today: i64,
}

impl Naive {
    /// Does something, all of it or nothing.
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut changed = self.clone();
        let done = change(&mut changed)?;
        *self = changed;
        Ok(done)
    }

    /// The place in the list of the block that is meant.
    fn named(&self, name: Name) -> Result<usize, Refusal> {
        let fits = |block: &Block| match name {
            Name::Id(root, prefix) => (block.root, block.prefix) == (root, prefix),
            Name::Cidr(prefix) => block.prefix == prefix,
        };
        let mut found = (0..self.blocks.len()).filter(|at| fits(&self.blocks[*at]));
        let first = found.next().ok_or("there is no such block")?;
        if found.next().is_some() { Err("the range exists more than once") } else { Ok(first) }
    }

    /// The block with this range in this aggregate.
    fn at(&self, root: usize, prefix: Prefix) -> Option<usize> {
        self.blocks.iter().position(|block| block.root == root && block.prefix == prefix)
    }

    /// The places of all blocks inside this one, itself not among them, in address order, the larger first.
    fn below(&self, at: usize) -> Vec<usize> {
        let whole = &self.blocks[at];
        let inside = |block: &Block| {
            block.root == whole.root && whole.prefix.contains(block.prefix) && block.prefix != whole.prefix
        };
        let mut below: Vec<usize> = (0..self.blocks.len()).filter(|at| inside(&self.blocks[*at])).collect();
        below.sort_by_key(|at| self.blocks[*at].prefix);
        below
    }

    /// Those of them that are not split.
    fn leaves(&self, at: usize) -> Vec<usize> {
        self.below(at).into_iter().filter(|at| self.blocks[*at].state != State::Split).collect()
    }

    pub(crate) fn add(&mut self, new: &NewRoot) -> Answer {
        if matches!(new.holder, Some(AVAILABLE | HOLDING)) {
            return Err("a system resource gets blocks by their being unassigned");
        }
        let around = |block: &&Block| self.is_root(block) && block.prefix.overlaps(new.prefix);
        let overlapping: Vec<&Block> = self.blocks.iter().filter(around).collect();
        if !new.duplicate && self.is_duplicate(None, new.prefix, new.profile.rir) {
            return Err("it overlaps space of the same RIR");
        }
        let free = |space: &i64| overlapping.iter().all(|block| block.space != *space);
        let space = (0..=i64::MAX).find(free).unwrap();
        self.blocks.push(Block {
            root: self.roots,
            space,
            prefix: new.prefix,
            state: state_of(new.holder.unwrap_or(AVAILABLE), new.sub_assignable),
            holder: new.holder.unwrap_or(AVAILABLE),
            sub_assignable: new.sub_assignable,
            profile: new.profile.clone(),
            custody: Vec::new(),
            notes: new.notes,
            held_since: None,
        });
        self.roots += 1;
        Ok(vec![new.prefix])
    }

    /// Whether a block of this RIR, in another aggregate than this one, shares an address with this range.
    fn is_duplicate(&self, root: Option<usize>, range: Prefix, rir: &str) -> bool {
        let other = |block: &&Block| root != Some(block.root) && block.profile.rir == rir;
        self.blocks.iter().filter(other).any(|block| block.prefix.overlaps(range))
    }

    pub(crate) fn delete(&mut self, name: Name, force: bool) -> Answer {
        let at = self.named(name)?;
        let block = self.blocks[at].clone();
        if !self.is_root(&block) {
            return Err("it is part of a larger aggregate");
        }
        if !force && block.state != State::Available {
            return Err("it is split or somebody holds it");
        }
        self.blocks.retain(|other| other.root != block.root);
        Ok(Vec::new())
    }

    /// Whether no block of its aggregate is larger.
    pub(crate) fn is_root(&self, block: &Block) -> bool {
        self.blocks.iter().all(|other| other.root != block.root || block.prefix.contains(other.prefix))
    }
}

/// The state of a leaf that this resource holds.
fn state_of(holder: i64, sub_assignable: bool) -> State {
    match (holder, sub_assignable) {
        (AVAILABLE, _) => State::Available,
        (HOLDING, _) => State::Holding,
        (_, true) => State::Pool,
        (_, false) => State::Assigned,
    }
}

impl Block {
    /// Whether it may be given away or split.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.state, State::Available | State::Pool)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Available => "available",
            Self::Assigned => "assigned",
            Self::Pool => "pool",
            Self::Holding => "holding",
            Self::Split => "split",
        })
    }
}

impl fmt::Display for NewRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, profile, holder, sub_assignable, duplicate, notes } = self;
        write!(f, "{prefix} held by {holder:?}, sub {sub_assignable}, duplicate {duplicate}, {profile} notes {notes:?}")
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rir, region, vlan, code, tags } = self;
        write!(f, "{rir} {region:?} vlan {vlan:?} code {code:?} tags {tags:?}")
    }
}

/// One line, the same for blocks of the model and those that the server shows.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { root, prefix, state, holder, sub_assignable, profile, custody, notes, .. } = self;
        write!(f, "aggregate {root}: {prefix} {state}, holder {holder}, back to {custody:?}, sub {sub_assignable}, ")?;
        write!(f, "{profile} notes {notes:?}")
    }
}
