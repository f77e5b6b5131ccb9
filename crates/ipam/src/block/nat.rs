//! Address translation: two blocks of IPv4 that are each other's partners, such as a public and a private one.

use kernel::{Action, BlockId, Error, Family, Patch, Result};
use store::Tx;

use super::{
    Block, BlockRef, find,
    marks::{Marks, Partner},
};
use crate::space::Edit;

/// The field, as callers know it.
const FIELD: &str = "nat";

/// Makes a block the partner of another one, or nobody's. Both sides are written. The caller may change the block itself.
pub(super) async fn pair(tx: &mut Tx, edit: &mut Edit, block: Block, nat: &Patch<BlockRef>) -> Result<Block> {
    let now = block.marks().nat;
    let other = match nat {
        Patch::Keep => return Ok(block),
        Patch::Clear => None,
        Patch::Set(which) => Some(partner(tx, &block, *which).await?),
    };
    if now.as_ref().map(|now| now.id) == other.as_ref().map(|other| other.id) {
        return Ok(block);
    }
    if let Some(now) = now {
        unlink(tx, edit, now.id, block.id).await?;
    }
    if let Some(other) = &other {
        set(tx, edit, other, Some(Partner::of(&block))).await?;
    }
    set(tx, edit, &block, other.as_ref().map(Partner::of)).await
}

/// The block that is to be the partner.
async fn partner(tx: &mut Tx, block: &Block, which: BlockRef) -> Result<Block> {
    let prefix = block.prefix();
    let in_field = |error: Error| match error {
        Error::NotFound(message) => Error::invalid(FIELD, message),
        Error::Conflict(obstacle) => Error::conflict_of(FIELD, obstacle.message),
        other => other,
    };
    let held = which.load(tx, None).await.map_err(in_field)?;
    held.allow(tx, Action::Update)?;
    let other = held.prefix();
    if prefix.family() != Family::Ipv4 || other.family() != Family::Ipv4 {
        return Err(Error::invalid(FIELD, "is for IPv4 alone"));
    }
    if held.block.id == block.id {
        return Err(Error::invalid(FIELD, format!("{prefix} can't be its own partner")));
    }
    if held.block.space == block.space && other.overlaps(prefix) {
        return Err(Error::invalid(FIELD, format!("{other} and {prefix} overlap; partners are two different ranges")));
    }
    if let Some(third) = held.block.marks().nat.filter(|third| third.id != block.id) {
        let message = format!("{other} is translated to {} already; clear that first", third.cidr);
        return Err(Error::conflict_of(FIELD, message));
    }
    Ok(held.block)
}

/// Takes blocks that go away from their partners, which stay.
pub(crate) async fn part(tx: &mut Tx, edit: &mut Edit, going: &[Block]) -> Result<()> {
    for block in going.iter().filter(|block| block.marks.is_some()) {
        if let Some(partner) = block.marks().nat.filter(|partner| going.iter().all(|other| other.id != partner.id)) {
            unlink(tx, edit, partner.id, block.id).await?;
        }
    }
    Ok(())
}

async fn unlink(tx: &mut Tx, edit: &mut Edit, partner: BlockId, from: BlockId) -> Result<()> {
    if let Some(block) = find::by_ids(tx, &[partner]).await?.pop()
        && block.marks().nat.is_some_and(|back| back.id == from)
    {
        set(tx, edit, &block, None).await?;
    }
    Ok(())
}

async fn set(tx: &mut Tx, edit: &mut Edit, block: &Block, nat: Option<Partner>) -> Result<Block> {
    let mut new = block.clone();
    new.set_marks(&Marks { nat, ..block.marks() });
    edit.update(tx, block, &mut new).await?;
    Ok(new)
}
