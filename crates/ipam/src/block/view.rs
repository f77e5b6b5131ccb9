//! Blocks as they are shown: with the names around them and the caller's rights.

use std::collections::HashMap;

use kernel::{BlockId, ProfileId, ResourceId, Result, Rights, Timestamp};
use resources::Resource;
use serde::{Deserialize, Serialize};
use store::Tx;

use super::{Block, explanation::Explanation};
use crate::{
    list::{self, Lists},
    profile::{Profile, Profiles},
    registrar::{self, Registration},
};

/// A block with everything that an answer shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlockView {
    pub(crate) block: Block,
    pub(crate) profile: Profile,
    pub(crate) holder_name: Option<String>,
    pub(crate) region_name: Option<String>,
    pub(crate) region_id: Option<i64>,
    /// What the caller may do with blocks of this holder.
    pub(crate) rights: Rights,
    /// When it was looked at.
    #[serde(default = "never")]
    pub(crate) now: Timestamp,
    /// Why it was chosen, where somebody wanted to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<Box<Explanation>>,
    /// What is registered for it.
    #[serde(default)]
    pub(crate) registration: Option<Registration>,
}

/// Answers that were remembered before there were reservations.
const fn never() -> Timestamp {
    Timestamp(i64::MIN)
}

impl BlockView {
    /// Shows a block whose surroundings are known.
    pub(crate) fn of(tx: &Tx, block: Block, profile: &Profile, holder: Option<&Resource>, lists: &Lists) -> Self {
        let listed = profile.region.as_deref().and_then(|code| lists.regions.iter().find(|r| r.code == code));
        Self {
            profile: profile.clone(),
            holder_name: holder.map(|holder| holder.name.clone()),
            region_name: listed.map(|region| region.name.clone()),
            region_id: listed.map(|region| region.id),
            now: tx.now(),
            explanation: None,
            rights: holder.map_or(Rights::NONE, |holder| holder.rights(tx.actor())),
            registration: None,
            block,
        }
    }

    /// The same with what is registered for it.
    pub(crate) fn registered(self, registrations: &mut HashMap<BlockId, Registration>) -> Self {
        Self { registration: registrations.remove(&self.block.id), ..self }
    }

    /// Shows one block.
    pub(crate) async fn one(tx: &mut Tx, block: Block) -> Result<Self> {
        let missing = || kernel::Error::internal("a block could not be shown");
        Self::all(tx, vec![block]).await?.pop().ok_or_else(missing)
    }

    /// Shows blocks, with one question each for all their profiles, their holders and their
    /// registrations.
    pub(crate) async fn all(tx: &mut Tx, blocks: Vec<Block>) -> Result<Vec<Self>> {
        let mut profiles: Vec<ProfileId> = blocks.iter().map(|block| block.profile_id).collect();
        let mut holders: Vec<ResourceId> = blocks.iter().map(|block| block.holder).collect();
        profiles.sort_unstable();
        profiles.dedup();
        holders.sort_unstable();
        holders.dedup();
        let profiles = tx.memory::<Profiles>().of(tx, &profiles).await?;
        let holders = if holders.is_empty() { HashMap::new() } else { resources::load(tx, &holders).await? };
        let lists = list::current(tx).await?;
        let ids: Vec<BlockId> = blocks.iter().map(|block| block.id).collect();
        let mut registrations = registrar::registrations(tx, &ids).await?;
        let none = Profile::default();
        let views = blocks.into_iter().map(|block| {
            let profile = profiles.get(&block.profile_id).map_or(&none, |profile| profile);
            let holder = holders.get(&block.holder);
            Self::of(tx, block, profile, holder, &lists).registered(&mut registrations)
        });
        Ok(views.collect())
    }
}
