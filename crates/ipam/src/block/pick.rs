//! Naming one block in a request: by id, or by its CIDR.

use std::sync::Arc;

use kernel::{Action, Area, BlockId, Error, Prefix, Result, Rights};
use resources::Resource;
use store::Tx;

use super::{Block, find};
use crate::profile::{Profile, Profiles};

/// How a caller names a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) enum BlockRef {
    /// By its id.
    Id(BlockId),
    /// By its range.
    #[serde(serialize_with = "as_text")]
    Cidr(Prefix),
}

fn as_text<S: serde::Serializer>(prefix: &Prefix, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(prefix)
}

/// A block with what a rule needs to know about it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) block: Block,
    pub(crate) holder: Resource,
    pub(crate) profile: Arc<Profile>,
}

impl BlockRef {
    /// Reads `id` or a CIDR; the field is named in the error.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            let id = text.parse().map_err(|_| Error::invalid(field, "this number is too large to be an id"))?;
            return Ok(Self::Id(id));
        }
        text.parse().map(Self::Cidr).map_err(|e: kernel::PrefixError| Error::invalid(field, e.to_string()))
    }

    /// The block that is named, if the caller may see it. A CIDR that exists more than once is refused unless the
    /// RIR says which one is meant.
    pub(crate) async fn load(self, tx: &mut Tx, rir: Option<&str>) -> Result<Held> {
        let found = match self {
            Self::Id(id) => find::by_ids(tx, &[id]).await?,
            Self::Cidr(prefix) => find::by_prefix(tx, prefix).await?,
        };
        let mut visible = Held::visible(tx, found).await?;
        if let (Self::Cidr(_), Some(rir)) = (self, rir) {
            visible.retain(|held| held.profile.rir == rir);
        }
        one_of(visible, &self.to_string())?.ok_or_else(|| Error::not_found(self.missing()))
    }

    /// The parameter by which API v1 takes such a name.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Cidr(_) => "block",
        }
    }

    fn missing(self) -> String {
        match self {
            Self::Id(id) => format!("No block found with ID: {id}"),
            Self::Cidr(prefix) => format!("No block found: {prefix}"),
        }
    }
}

impl std::fmt::Display for BlockRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Cidr(prefix) => prefix.fmt(f),
        }
    }
}

/// The only one of these, if there is one.
pub(super) fn one_of(mut found: Vec<Held>, name: &str) -> Result<Option<Held>> {
    if found.len() > 1 {
        let ids: Vec<_> = found.iter().map(|held| held.block.id.to_string()).collect();
        let message = format!("{name} exists more than once (ids {}); name one by its id", ids.join(", "));
        return Err(Error::conflict_of("block", message));
    }
    Ok(found.pop())
}

impl Held {
    /// Those of the blocks that the caller may see.
    pub(crate) async fn visible(tx: &mut Tx, blocks: Vec<Block>) -> Result<Vec<Self>> {
        let mut held = Self::all(tx, blocks).await?;
        held.retain(|held| held.is_visible(tx));
        Ok(held)
    }

    /// Whether the caller may see the block.
    fn is_visible(&self, tx: &Tx) -> bool {
        self.holder.rights(tx.actor()).has(Rights::of(Area::Ipam, Action::Read))
    }

    /// Checks that the caller may do this with everything below a block. What may not be seen is not named.
    pub(crate) fn allow_below(whole: Prefix, parts: &[Self], tx: &Tx, action: Action) -> Result<()> {
        if !parts.iter().all(|part| part.is_visible(tx)) {
            return Err(Error::forbidden(format!("{whole} contains blocks that you may not see")));
        }
        parts.iter().try_for_each(|part| part.allow(tx, action))
    }

    /// The blocks with their holders and profiles.
    pub(crate) async fn all(tx: &mut Tx, blocks: Vec<Block>) -> Result<Vec<Self>> {
        if blocks.is_empty() {
            return Ok(Vec::new());
        }
        let (mut holders, mut profiles): (Vec<_>, Vec<_>) = blocks.iter().map(|b| (b.holder, b.profile_id)).unzip();
        holders.sort_unstable();
        holders.dedup();
        profiles.sort_unstable();
        profiles.dedup();
        let holders = resources::load(tx, &holders).await?;
        let profiles = tx.memory::<Profiles>().of(tx, &profiles).await?;
        let together = blocks.into_iter().map(|block| {
            let holder = holders.get(&block.holder).cloned();
            let profile = profiles.get(&block.profile_id).cloned();
            let lost = || Error::internal(format!("block {} has lost its holder or its profile", block.id));
            let (holder, profile) = holder.zip(profile).ok_or_else(lost)?;
            Ok(Self { block, holder, profile })
        });
        together.collect()
    }

    /// Checks that the caller may do this with blocks of this holder.
    pub(crate) fn allow(&self, tx: &Tx, action: Action) -> Result<()> {
        self.holder.allow(tx.actor(), Area::Ipam, action)
    }

    /// The range of the block.
    pub(crate) fn prefix(&self) -> Prefix {
        self.block.prefix()
    }
}
