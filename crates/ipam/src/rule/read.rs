//! Reading rules, and who uses them.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{Error, Page, ProfileId, Result, RuleId};
use store::{Query, Tx};

use super::{Rule, Ruled};
use crate::{
    block::Block,
    profile::{Profile, Profiles},
};

/// A rule.
pub(crate) async fn load(tx: &mut Tx, id: RuleId) -> Result<Rule> {
    tx.get::<Rule>(id).await?.ok_or_else(|| Error::not_found(format!("No rule found with ID: {id}")))
}

/// A part of the rules, by name, and whether there are more.
pub(super) async fn list(tx: &mut Tx, page: Page) -> Result<(Vec<Rule>, bool)> {
    let values = store::params![page.limit.saturating_add(1), page.offset];
    let mut rules: Vec<Rule> = tx.find("0 = 0 ORDER BY name, id LIMIT $1 OFFSET $2", values).await?;
    let more = rules.len() > page.limit as usize;
    rules.truncate(page.limit as usize);
    Ok((rules, more))
}

/// Whether the rule is there with these positions: what a profile says of it is still right.
pub(crate) async fn is_current(tx: &mut Tx, ruled: &Ruled) -> Result<()> {
    let rule = tx.get::<Rule>(ruled.id).await?;
    match rule {
        Some(rule) if rule.sorted() == ruled.positions => Ok(()),
        Some(rule) => Err(Error::invalid("rule_id", format!("the rule \"{}\" has other positions now", rule.name))),
        None => Err(Error::invalid("rule_id", format!("No rule found with ID: {}", ruled.id))),
    }
}

/// The profiles of blocks that know a rule. The table is asked, since another node may just have made one.
pub(super) async fn profiles_with(tx: &mut Tx, id: RuleId) -> Result<Vec<(ProfileId, Arc<Profile>)>> {
    let rows = tx.rows("SELECT id FROM block_profile WHERE rule IS NOT NULL", &[]).await?;
    let ids: Vec<ProfileId> = rows.into_iter().map(|mut row| row.take(0)).collect::<Result<_>>()?;
    let mut found: Vec<_> = tx.memory::<Profiles>().of(tx, &ids).await?.into_iter().collect();
    found.retain(|(_, profile)| profile.rule.as_ref().is_some_and(|ruled| ruled.id == id));
    found.sort_unstable_by_key(|(id, _)| *id);
    Ok(found)
}

/// A part of the blocks that carry a rule, in address order, and whether there are more.
pub(super) async fn carriers(tx: &mut Tx, id: RuleId, page: Page) -> Result<(Vec<Block>, bool)> {
    let mut by_mask: BTreeMap<u8, Vec<ProfileId>> = BTreeMap::new();
    for (id, profile) in profiles_with(tx, id).await? {
        if let Some(ruled) = &profile.rule {
            by_mask.entry(ruled.mask).or_default().push(id);
        }
    }
    if by_mask.is_empty() {
        return Ok((Vec::new(), false));
    }
    let mut condition = Query::default();
    for (mask, profiles) in by_mask {
        condition.push(if condition.is_empty() { "(" } else { " OR " });
        condition.push("(mask = ").bind(mask).push(" AND profile_id = ANY(").bind(profiles).push("))");
    }
    condition.push(") ORDER BY family, first, mask, space LIMIT ").bind(page.limit.saturating_add(1));
    condition.push(" OFFSET ").bind(page.offset);
    let mut blocks: Vec<Block> = tx.find(condition.text(), condition.params()).await?;
    let more = blocks.len() > page.limit as usize;
    blocks.truncate(page.limit as usize);
    Ok((blocks, more))
}
