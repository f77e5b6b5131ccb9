//! Blocks as the slices above this one see them: with their holder, and what their registry has to know.

use kernel::{Area, BlockId, Family, LirId, Page, Prefix, ProfileId, ResourceId, Result, Timestamp};
use resources::Resource;
use store::{Query, Tx, params};

use super::{BlockRef, State, find, pick::Held};
use crate::{profile::Profiles, registrar};

/// A block and who holds it.
#[derive(Debug, Clone)]
pub struct HeldBlock {
    /// Its id.
    pub id: BlockId,
    /// The range of addresses.
    pub prefix: Prefix,
    /// Where it stands.
    pub state: State,
    /// Who holds it: a resource, or the Available or the Holding resource of the system.
    pub holder: Resource,
    /// The numbering authority, such as `ARIN`.
    pub rir: String,
    /// The LIR that it is linked to.
    pub lir: Option<LirId>,
    /// When its holder got it.
    pub assigned_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
    /// Whether it is a top-level aggregate.
    pub is_top: bool,
}

impl From<Held> for HeldBlock {
    fn from(held: Held) -> Self {
        Self {
            id: held.block.id,
            prefix: held.prefix(),
            state: held.block.state,
            rir: held.profile.rir.clone(),
            lir: held.profile.lir,
            assigned_at: held.block.assigned_at,
            changed_at: held.block.updated_at,
            is_top: held.block.parent_id.is_none(),
            holder: held.holder,
        }
    }
}

/// The block that an id or a CIDR names, if the actor may see it; errors of form are about the field `block`.
pub async fn held_block(tx: &mut Tx, name: &str) -> Result<HeldBlock> {
    BlockRef::parse("block", name)?.load(tx, None).await.map(HeldBlock::from)
}

/// The blocks that contain this range or are it, and that the actor may see, in all spaces.
pub async fn blocks_around(tx: &mut Tx, range: Prefix) -> Result<Vec<HeldBlock>> {
    let found = find::ancestors(tx, range).await?;
    Ok(Held::visible(tx, found).await?.into_iter().map(HeldBlock::from).collect())
}

/// The first blocks, in address order, that this resource holds and that the actor may see. Not for the Available
/// resource, which holds too much.
pub async fn blocks_of(tx: &mut Tx, holder: ResourceId, limit: u32) -> Result<Vec<HeldBlock>> {
    let condition = "holder <> 2 AND holder = $1 ORDER BY family, first, mask, space LIMIT $2";
    let found = tx.find(condition, params![holder, limit]).await?;
    Ok(Held::visible(tx, found).await?.into_iter().map(HeldBlock::from).collect())
}

/// Which blocks of a registry are looked for that nobody has registered.
#[derive(Debug, Clone, Copy)]
pub struct Unregistered<'a> {
    /// The registry, such as `ARIN`.
    pub rir: &'a str,
    /// The longest mask of IPv4 blocks that count.
    pub longest_ipv4: u8,
    /// The longest mask of IPv6 blocks that count.
    pub longest_ipv6: u8,
    /// Whose holders got them at this instant or before.
    pub assigned_until: Timestamp,
    /// Which part of the list.
    pub page: Page,
}

/// Blocks that somebody holds and that are not registered, as far as the actor may see them, those held longest first;
/// and whether there are more.
pub async fn unregistered(tx: &mut Tx, wanted: Unregistered<'_>) -> Result<(Vec<HeldBlock>, bool)> {
    let all = tx.memory::<Profiles>().all(tx).await?;
    let of_rir = all.iter().filter(|(_, profile)| profile.rir == wanted.rir);
    let profiles: Vec<ProfileId> = of_rir.map(|(id, _)| *id).collect();
    let mut query = Query::new(format!("SELECT b.id FROM block b {}", resources::join("r", "b.holder")));
    query.push(" WHERE b.profile_id = ANY(").bind(profiles).push(") AND b.state IN (");
    query.bind(State::Assigned).push(", ").bind(State::Pool).push(") AND (b.family = ").bind(Family::Ipv4.number());
    query.push(" AND b.mask <= ").bind(wanted.longest_ipv4).push(" OR b.family = ").bind(Family::Ipv6.number());
    query.push(" AND b.mask <= ").bind(wanted.longest_ipv6).push(") AND b.assigned_at <= ").bind(wanted.assigned_until);
    if let Some(registered) = registrar::registered(tx) {
        query.push(" AND b.id NOT IN (").append(&registered).push(")");
    }
    if let Some(visible) = resources::visible_condition(tx, Area::Ipam, "r").await? {
        query.push(" AND ").append(&visible);
    }
    query.push(" ORDER BY b.assigned_at, b.id LIMIT ").bind(i64::from(wanted.page.limit) + 1);
    query.push(" OFFSET ").bind(i64::from(wanted.page.offset));
    let rows = tx.rows(query.text(), query.params()).await?;
    let mut ids = rows.into_iter().map(|mut row| row.take(0)).collect::<Result<Vec<BlockId>>>()?;
    let more = ids.len() > wanted.page.limit as usize;
    ids.truncate(wanted.page.limit as usize);
    let found = find::by_ids(tx, &ids).await?;
    let mut held = Held::all(tx, found).await?;
    held.sort_by_key(|held| (held.block.assigned_at, held.block.id));
    Ok((held.into_iter().map(HeldBlock::from).collect(), more))
}
