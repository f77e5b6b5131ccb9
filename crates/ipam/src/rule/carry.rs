//! Having a block carry a rule, and minding the rule when a part of it is given away.

use kernel::{Error, Patch, Prefix, Result, RuleId};
use store::Tx;

use super::{Ruled, read};
use crate::{
    block::{Block, Held, find, reprofile},
    profile::Profile,
    space::{Edit, kept_back},
};

/// The rule for a block of this mask.
pub(crate) async fn rule_for(tx: &mut Tx, id: RuleId, mask: u8) -> Result<Ruled> {
    let missing = |_| Error::invalid("rule_id", format!("No rule found with ID: {id}"));
    let rule = read::load(tx, id).await.map_err(missing)?;
    Ok(Ruled { id, mask, positions: rule.sorted() })
}

/// Has a block, and all below it that carries no rule of its own, follow a rule, or none. Answers with the block as it is
/// then.
pub(crate) async fn carry(tx: &mut Tx, edit: &mut Edit, held: &Held, rule: Patch<RuleId>) -> Result<Block> {
    let (block, profile) = (&held.block, &held.profile);
    let own = profile.rule.as_ref().filter(|ruled| ruled.mask == block.mask);
    let wanted = match rule {
        Patch::Keep => return Ok(block.clone()),
        Patch::Clear if own.is_none() => return Ok(block.clone()),
        Patch::Clear => rule_around(tx, block).await?,
        Patch::Set(id) => Some(rule_for(tx, id, block.mask).await?),
    };
    let mask = block.mask;
    reprofile(tx, edit, held, move |profile| {
        // What carries a rule of its own, and all below that, goes on as it is.
        if profile.rule.as_ref().is_none_or(|ruled| ruled.mask <= mask) {
            profile.rule.clone_from(&wanted);
        }
    })
    .await
}

/// The rule that a block follows because one around it carries it.
async fn rule_around(tx: &mut Tx, block: &Block) -> Result<Option<Ruled>> {
    let Some(parent) = block.parent_id else { return Ok(None) };
    let parent = find::by_ids(tx, &[parent]).await?;
    Ok(Held::all(tx, parent).await?.pop().and_then(|held| held.profile.rule.clone()))
}

/// Refuses a part that holds a position which the rule around it keeps back.
pub(crate) async fn refuse_kept_back(tx: &mut Tx, wanted: Prefix, profile: &Profile) -> Result<()> {
    let Some(rule) = &profile.rule else { return Ok(()) };
    let Some(address) = kept_back(wanted, rule) else { return Ok(()) };
    let name = read::load(tx, rule.id).await.map(|rule| rule.name).unwrap_or_default();
    let around = Prefix::containing(wanted.family(), wanted.first(), rule.mask);
    let around = around.map(|around| around.to_string()).unwrap_or_default();
    let position = rule.position_of(wanted, address).unwrap_or_default();
    let address = wanted.family().address(address);
    Err(Error::conflict(format!(
        "{wanted} holds {address}, which the rule \"{name}\" of {around} keeps back (position {position})"
    )))
}
