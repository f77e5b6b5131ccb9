//! Writing what was planned.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use kernel::{Action, AddrKey, Area, Asn, BlockId, Error, Prefix, ProfileId, Result};
use resources::{Resource, system};
use store::{Tx, Work};

use super::{
    Wanted,
    plan::{Place, Plan, plan},
};
use crate::{
    block::{Block, assign, ensure_asn_resource, find},
    profile::{Profile, Profiles},
    rule::refuse_kept_back,
    space::Edit,
};

/// Plans a file again, under the lock, and writes it: all of it, or nothing.
pub(crate) struct ImportBlocks {
    pub(crate) wanted: Arc<Vec<Wanted>>,
    pub(crate) again: bool,
    /// Counts what has been written so far.
    pub(crate) done: Arc<AtomicU64>,
}

impl Work for ImportBlocks {
    type Out = Plan;
    const NAME: &'static str = "block.import";

    async fn run(&self, tx: &mut Tx) -> Result<Plan> {
        let asns: BTreeSet<_> = self.wanted.iter().filter_map(|wanted| wanted.profile.asn.map(|asn| asn.0)).collect();
        for asn in asns {
            ensure_asn_resource(tx, Some(Asn(asn)), Self::NAME).await?;
        }
        let mut edit = Edit::begin(tx).await?;
        let available = crate::block::system_resource(tx, system::AVAILABLE).await?;
        available.allow(tx.actor(), Area::Ipam, Action::Create)?;
        let plan = plan(tx, (*self.wanted).clone(), self.again).await?;
        if !plan.bad.is_empty() {
            return Ok(plan);
        }
        let mut holders: HashMap<_, Resource> = HashMap::from([(system::AVAILABLE, available)]);
        let ids: Vec<_> = plan.places.iter().filter_map(|(block, _)| block.holder).collect();
        holders.extend(resources::load(tx, &ids).await?);
        let mut interned = HashMap::new();
        let mut leaves = Leaves::default();
        self.done.store(0, Ordering::Relaxed);
        for (block, place) in &plan.places {
            let profile_id = if let Some(id) = interned.get(&block.profile) {
                *id
            } else {
                let id = block.profile.intern(tx).await?;
                interned.insert(block.profile.clone(), id);
                id
            };
            let gone = || Error::conflict(format!("line {}: the resource has just been deleted", block.line));
            let holder = holders.get(&block.holder.unwrap_or(system::AVAILABLE)).ok_or_else(gone)?;
            let settle = |row: &mut Block, profile_id, now| {
                if block.holder.is_some() {
                    assign::hand_over(row, holder, block.sub_assignable, now);
                }
                row.profile_id = profile_id;
                row.notes.clone_from(&block.notes);
            };
            match place {
                Place::Aggregate(space) => {
                    let settle = |row: &mut Block, now| settle(row, profile_id, now);
                    leaves.put(aggregate(tx, &mut edit, block, *space, settle).await?);
                }
                Place::Inside(space) => {
                    leaves.split_out(tx, &mut edit, block, *space, (profile_id, settle)).await?;
                }
            }
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        edit.finish(tx).await?;
        Ok(plan)
    }
}

async fn aggregate(
    tx: &mut Tx,
    edit: &mut Edit,
    wanted: &Wanted,
    space: i64,
    settle: impl Fn(&mut Block, kernel::Timestamp),
) -> Result<Block> {
    let id = BlockId(tx.new_id::<Block>().await?);
    let mut block = Block::available(id, wanted.prefix, space);
    block.sub_assignable = wanted.sub_assignable;
    settle(&mut block, tx.now());
    edit.insert(tx, &block).await?;
    Ok(block)
}

/// The leaves that this import has made, so that the next block need not ask the database for the one it lies in: each
/// question would first send everything that is planned.
#[derive(Default)]
struct Leaves(BTreeMap<(i64, i64, AddrKey), Block>);

impl Leaves {
    fn put(&mut self, leaf: Block) {
        self.0.insert((leaf.space, leaf.family, leaf.first), leaf);
    }

    /// The leaf around a range: the last one that begins at or before it, if it reaches that far.
    fn around(&mut self, space: i64, wanted: Prefix) -> Option<Block> {
        let family = wanted.family().number();
        let (key, leaf) =
            self.0.range((space, family, AddrKey([0; 16]))..=(space, family, wanted.key())).next_back()?;
        let key = leaf.prefix().contains(wanted).then_some(*key)?;
        self.0.remove(&key)
    }

    async fn split_out(
        &mut self,
        tx: &mut Tx,
        edit: &mut Edit,
        wanted: &Wanted,
        space: i64,
        (profile_id, settle): (ProfileId, impl Fn(&mut Block, ProfileId, kernel::Timestamp) + Send + Sync),
    ) -> Result<()> {
        let leaf = match self.around(space, wanted.prefix) {
            Some(leaf) => Some(leaf),
            None => find::leaves_around(tx, wanted.prefix).await?.into_iter().find(|block| block.space == space),
        };
        let leaf =
            leaf.ok_or_else(|| Error::Stale(format!("line {}: the block around it has changed", wanted.line)))?;
        let ids = assign::ids_for_path(tx, wanted.prefix.mask() - leaf.mask).await?;
        let now = tx.now();
        let profile_id = around(tx, &leaf, wanted, profile_id).await?;
        let change = |block: &mut Block| settle(block, profile_id, now);
        let (block, others) = assign::carve(tx, edit, &leaf, wanted.prefix, &ids, change).await?;
        self.put(block);
        for other in others {
            self.put(other);
        }
        Ok(())
    }
}

/// The profile of a block that is split out of a leaf: that of the file, with what holds for the whole aggregate. What a
/// rule keeps back, or somebody has reserved, is not given away by a file either.
async fn around(tx: &mut Tx, leaf: &Block, wanted: &Wanted, profile_id: ProfileId) -> Result<ProfileId> {
    let profiles = tx.memory::<Profiles>().of(tx, &[leaf.profile_id]).await?;
    let Some(profile) = profiles.get(&leaf.profile_id) else { return Ok(profile_id) };
    let in_line = |what: String| Error::conflict(format!("line {}: {what}", wanted.line));
    if let Some(reservation) = leaf.reservation(tx.now()) {
        return Err(in_line(format!("{} is {}", leaf.prefix(), reservation.words())));
    }
    if profile.rule.is_none() && profile.sparse.is_none() {
        return Ok(profile_id);
    }
    if wanted.holder.is_some() {
        refuse_kept_back(tx, wanted.prefix, profile).await.map_err(|e| in_line(e.to_string()))?;
    }
    let Profile { rule, sparse, .. } = (**profile).clone();
    Profile { rule, sparse, ..wanted.profile.clone() }.intern(tx).await
}
