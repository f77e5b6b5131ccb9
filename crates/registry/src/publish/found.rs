//! What a question finds.

use ipam::{HeldBlock, State};
use kernel::{Actor, Asn, LirId, Prefix, ResourceId, Result};
use store::{Db, Tx, params};

use super::party::{self, Party};
use crate::{
    lir::{self, LirRow, RIRS},
    registration::RegistrationRow,
    swip::net_name,
};

/// The most networks that the answer about somebody lists.
const MOST_NETWORKS: u32 = 50;

/// A network.
#[derive(Debug, Clone)]
pub(super) struct Network {
    pub(super) block: HeldBlock,
    /// Its handle at the registry when it is registered there, else one of ours.
    pub(super) handle: String,
    pub(super) name: Option<String>,
    /// Whether somebody holds it, and it is not only a part of our own space.
    pub(super) assigned: bool,
    pub(super) parties: Vec<Party>,
}

/// An AS number.
#[derive(Debug, Clone)]
pub(super) struct Autnum {
    pub(super) asn: Asn,
    pub(super) parties: Vec<Party>,
}

/// Somebody, and what they hold.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) party: Party,
    pub(super) contacts: Vec<Party>,
    pub(super) networks: Vec<Network>,
}

/// A transaction for whoever asks: what is published is the same for everybody.
pub(super) async fn reading(db: &Db) -> Result<Tx> {
    db.read(&Actor::system("publishing")).await
}

/// Whether the world is told of a block.
fn is_published(block: &HeldBlock) -> bool {
    RIRS.contains(&block.rir.as_str())
}

fn is_assigned(block: &HeldBlock) -> bool {
    matches!(block.state, State::Assigned | State::Pool)
}

/// The smallest network around a range that somebody holds; else the aggregate around it.
pub(super) async fn network(tx: &mut Tx, range: Prefix) -> Result<Option<Network>> {
    let mut around = ipam::blocks_around(tx, range).await?;
    around.retain(is_published);
    let held = around.iter().filter(|block| is_assigned(block)).max_by_key(|block| block.prefix.mask());
    let block = held.or_else(|| around.iter().find(|block| block.is_top)).cloned();
    match block {
        Some(block) => described(tx, block, true).await.map(Some),
        None => Ok(None),
    }
}

/// A block with what there is to say of it; with those who are named, if they are wanted.
async fn described(tx: &mut Tx, block: HeldBlock, with_parties: bool) -> Result<Network> {
    let registration = tx.find::<RegistrationRow>("block_id = $1", params![block.id]).await?.pop();
    let lir = match block.lir {
        Some(id) => account(tx, id).await?,
        None => None,
    };
    let assigned = is_assigned(&block);
    let parties = match (&lir, assigned) {
        _ if !with_parties => Vec::new(),
        (_, true) => party::holder(tx, &block.holder).await?,
        (Some((row, resource)), false) => party::lir(row, resource),
        (None, false) => Vec::new(),
    };
    let default_name = || {
        let begin = lir.as_ref().and_then(|(row, _)| row.net_name_prefix.clone())?;
        Some(net_name(&begin, block.prefix))
    };
    let (handle, name) = match registration {
        Some(registration) => (registration.net_handle, registration.net_name),
        None => (format!("PB-NET-{}", block.id), default_name()),
    };
    Ok(Network { block, handle, name, assigned, parties })
}

/// An LIR with its resource; nothing when it is gone, or something else stands in its place.
async fn account(tx: &mut Tx, id: LirId) -> Result<Option<(LirRow, resources::Resource)>> {
    let Ok(row) = lir::load(tx, id).await else { return Ok(None) };
    let resource = resources::load(tx, &[row.resource()]).await?.remove(&row.resource());
    Ok(resource.map(|resource| (row, resource)))
}

/// An AS number of one of our LIRs.
pub(super) async fn autnum(tx: &mut Tx, asn: Asn) -> Result<Option<Autnum>> {
    let Some(row) = tx.find::<LirRow>("asn = $1 ORDER BY id LIMIT 1", params![asn]).await?.pop() else {
        return Ok(None);
    };
    let resource = resources::get(tx, row.resource()).await?;
    Ok(Some(Autnum { asn, parties: party::lir(&row, &resource) }))
}

/// Somebody who holds published space, or one of our LIRs, by the handle. Nobody else is known.
pub(super) async fn holder(tx: &mut Tx, handle: &str) -> Result<Option<Holder>> {
    let handle = handle.trim();
    if let Some(id) = party::resource_of(handle) {
        return held_by(tx, id).await;
    }
    for row in tx.find::<LirRow>("id > 0 ORDER BY id", &[]).await? {
        if party::lir_handle(&row).eq_ignore_ascii_case(handle) {
            let resource = resources::get(tx, row.resource()).await?;
            let mut parties = party::lir(&row, &resource);
            let party = parties.remove(0);
            return Ok(Some(Holder { party, contacts: parties, networks: Vec::new() }));
        }
    }
    Ok(None)
}

async fn held_by(tx: &mut Tx, id: ResourceId) -> Result<Option<Holder>> {
    let mut blocks = ipam::blocks_of(tx, id, MOST_NETWORKS).await?;
    blocks.retain(|block| is_published(block) && is_assigned(block));
    let Some(first) = blocks.first().cloned() else { return Ok(None) };
    let mut networks = Vec::with_capacity(blocks.len());
    for block in blocks {
        networks.push(described(tx, block, false).await?);
    }
    let mut parties = party::holder(tx, &first.holder).await?;
    let party = parties.remove(0);
    Ok(Some(Holder { party, contacts: parties, networks }))
}
