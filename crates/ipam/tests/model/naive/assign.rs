//! Giving blocks away and taking them back.

use std::{cmp::Reverse, fmt};

use kernel::{Family, Prefix};

use super::{AVAILABLE, Answer, Block, HOLDING, Naive, Name, Profile, Refusal, State, state_of};

/// The days that a block rests.
const REST: i64 = 30;

/// What a block must be like. What is absent does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) rir: Option<&'static str>,
    pub(crate) region: Option<&'static str>,
    pub(crate) vlan: Option<i64>,
    pub(crate) code: Option<&'static str>,
    /// The tags, and how they are meant.
    pub(crate) tags: Option<(&'static str, Vec<&'static str>)>,
}

/// Who gets a block, and whether pieces of it may be given on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient {
    pub(crate) holder: i64,
    pub(crate) sub_assignable: Option<bool>,
}

/// Whose space is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Nobody,
    Of(i64),
    Anybody,
}

impl Wanted {
    fn fits(&self, profile: &Profile) -> bool {
        let tags = self.tags.as_ref().is_none_or(|(mode, wanted)| {
            let has = |tag: &&&str| profile.tags.contains(**tag);
            let many = wanted.iter().filter(has).count();
            match *mode {
                "strict" => many == wanted.len() && many == profile.tags.len(),
                "exclude" => many == 0,
                "intersection" => many == wanted.len(),
                _ => many > 0,
            }
        });
        tags && self.rir.is_none_or(|rir| rir == profile.rir)
            && self.region.is_none_or(|region| profile.region == Some(region))
            && self.vlan.is_none_or(|vlan| profile.vlan == Some(vlan))
            && self.code.is_none_or(|code| profile.code == Some(code))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rir, region, vlan, code, tags } = self;
        let texts = [("RIR", rir), ("region", region), ("code", code)];
        texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, (*text)?)))
            .try_for_each(|(name, text)| write!(f, ", {name} {text}"))?;
        vlan.iter().try_for_each(|vlan| write!(f, ", VLAN {vlan}"))?;
        tags.iter().try_for_each(|(mode, tags)| write!(f, ", {mode} of {tags:?}"))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.sub_assignable {
            None => "",
            Some(true) => " as a pool",
            Some(false) => " for itself",
        };
        write!(f, "{}{said}", self.holder)
    }
}

impl Source {
    fn has(self, block: &Block) -> bool {
        let asked = match self {
            Self::Nobody => block.holder == AVAILABLE,
            Self::Of(holder) => block.holder == holder,
            Self::Anybody => true,
        };
        asked && block.is_free()
    }
}

impl Naive {
    pub(crate) fn smart_assign(
        &mut self,
        (family, mask): (Family, u8),
        wanted: &Wanted,
        from: Source,
        inside: Option<(usize, Prefix)>,
        to: Recipient,
    ) -> Answer {
        may_hold(to)?;
        let inside = inside.map(|(root, prefix)| &self.blocks[self.at(root, prefix).unwrap()]);
        if inside.is_some_and(|block| block.prefix.family() != family) {
            return Err("the aggregate is of the other family");
        }
        let fits = |block: &Block| {
            from.has(block)
                && block.prefix.family() == family
                && block.prefix.mask() <= mask
                && wanted.fits(&block.profile)
                && inside.is_none_or(|whole| whole.root == block.root && whole.prefix.contains(block.prefix))
        };
        let best = (0..self.blocks.len()).filter(|at| fits(&self.blocks[*at])).min_by_key(|at| {
            let block = &self.blocks[*at];
            (Reverse(block.prefix.mask()), block.space, block.prefix.first())
        });
        let leaf = best.ok_or("nothing fits")?;
        let piece = Prefix::containing(family, self.blocks[leaf].prefix.first(), mask).unwrap();
        let at = self.make(leaf, piece);
        self.hand_over(at, to.holder, to.sub_assignable.unwrap_or(false));
        Ok(vec![piece])
    }

    pub(crate) fn direct_assign(&mut self, names: &[Name], wanted: &Wanted, to: Recipient) -> Answer {
        may_hold(to)?;
        names.iter().map(|name| self.assign_one(*name, wanted, to)).collect()
    }

    fn assign_one(&mut self, name: Name, wanted: &Wanted, to: Recipient) -> Result<Prefix, Refusal> {
        let (at, range) = match name {
            Name::Id(_, range) => (self.named(name)?, range),
            Name::Cidr(range) => (self.around(range, wanted.rir)?, range),
        };
        let block = self.blocks[at].clone();
        if !wanted.fits(&block.profile) {
            return Err("it is not like that");
        }
        match block.state {
            State::Available | State::Pool => {}
            State::Holding if block.prefix == range => {}
            _ => return Err("it is not free"),
        }
        let keeps = block.state == State::Available && block.sub_assignable && block.prefix == range;
        let at = self.make(at, range);
        self.hand_over(at, to.holder, to.sub_assignable.unwrap_or(keeps));
        Ok(range)
    }

    /// The block with exactly this range, or else the leaf around it; one of the wanted RIR goes before all others.
    fn around(&self, range: Prefix, rir: Option<&str>) -> Result<usize, Refusal> {
        let exact = |block: &Block| block.prefix == range;
        let leaf = |block: &Block| block.state != State::Split && block.prefix.contains(range);
        let of_rir = |block: &Block| rir.is_none_or(|rir| block.profile.rir == rir);
        let choices: [&dyn Fn(&Block) -> bool; 4] =
            [&|block| exact(block) && of_rir(block), &|block| leaf(block) && of_rir(block), &exact, &leaf];
        for fits in choices {
            let found: Vec<usize> = (0..self.blocks.len()).filter(|at| fits(&self.blocks[*at])).collect();
            match found[..] {
                [] => {}
                [one] => return Ok(one),
                _ => return Err("the range exists more than once"),
            }
        }
        Err("there is no such block")
    }

    fn hand_over(&mut self, at: usize, holder: i64, sub_assignable: bool) {
        let block = &mut self.blocks[at];
        if block.state == State::Pool {
            block.custody.push(block.holder);
        }
        block.holder = holder;
        block.sub_assignable = sub_assignable;
        block.state = state_of(holder, sub_assignable);
        block.held_since = None;
    }

    pub(crate) fn unassign(&mut self, name: Name, skip_holding: bool) -> Answer {
        let at = self.named(name)?;
        let block = self.blocks[at].clone();
        if matches!(block.holder, AVAILABLE | HOLDING) {
            return Err("nobody holds it");
        }
        if block.state == State::Split {
            let same = |leaf: &Block| (leaf.state, leaf.holder) == (State::Pool, block.holder);
            if !self.leaves(at).into_iter().all(|leaf| same(&self.blocks[leaf])) {
                return Err("pieces of it have been given away");
            }
            self.fold(at)?;
        }
        let at = self.at(block.root, block.prefix).unwrap();
        if skip_holding {
            self.give_back(at);
            self.follow(at);
        } else {
            let block = &mut self.blocks[at];
            (block.holder, block.state, block.sub_assignable) = (HOLDING, State::Holding, false);
            block.held_since = Some(self.today);
        }
        Ok(vec![block.prefix])
    }

    /// To the holder of the pool that it was a piece of, or to nobody.
    pub(super) fn give_back(&mut self, at: usize) {
        let block = &mut self.blocks[at];
        (block.holder, block.state) = match block.custody.pop() {
            Some(holder) => (holder, State::Pool),
            None => (AVAILABLE, State::Available),
        };
        block.sub_assignable = block.state == State::Pool;
        block.held_since = None;
    }

    /// A split block goes the same way as its parts, once they all have gone back to one whom it would go back to too.
    fn follow(&mut self, at: usize) {
        let part = self.blocks[at].clone();
        let Some(parent) = part.prefix.parent().and_then(|parent| self.at(part.root, parent)) else { return };
        let other = &self.blocks[self.at(part.root, part.prefix.buddy().unwrap()).unwrap()];
        let parent_block = &self.blocks[parent];
        // All to whom it would go back, step by step, the last one first; and those who have had this part or have it.
        let way = [&[AVAILABLE], &parent_block.custody[..]].concat();
        let held = if part.holder == AVAILABLE { Vec::new() } else { [&part.custody[..], &[part.holder]].concat() };
        let gone_way = [&[AVAILABLE], &held[..]].concat();
        let gone = parent_block.holder != part.holder && way.starts_with(&gone_way);
        if gone && (other.holder, &other.custody) == (part.holder, &part.custody) {
            let split = &mut self.blocks[parent];
            (split.holder, split.sub_assignable) = (part.holder, part.sub_assignable);
            split.custody = part.custody;
            self.follow(parent);
        }
    }

    pub(crate) fn override_holding(&mut self, name: Name) -> Answer {
        let at = self.named(name)?;
        if self.blocks[at].state != State::Holding {
            return Err("it does not rest");
        }
        self.give_back(at);
        self.follow(at);
        Ok(vec![self.blocks[at].prefix])
    }

    pub(crate) fn process_holding(&mut self) -> Vec<Prefix> {
        let rested = |block: &Block| {
            block.state == State::Holding && block.held_since.is_some_and(|day| day <= self.today - REST)
        };
        let due: Vec<usize> = (0..self.blocks.len()).filter(|at| rested(&self.blocks[*at])).collect();
        for at in &due {
            self.give_back(*at);
            self.follow(*at);
        }
        let mut moved: Vec<Prefix> = due.iter().map(|at| self.blocks[*at].prefix).collect();
        moved.sort();
        moved
    }
}

fn may_hold(to: Recipient) -> Result<(), Refusal> {
    let system = matches!(to.holder, AVAILABLE | HOLDING);
    if system { Err("a system resource gets blocks by their being unassigned") } else { Ok(()) }
}
