//! Changing a rule.

use kernel::{Error, Result, RuleId};
use store::{RequestKey, Tx, Work, params};

use super::{
    Rule, Ruled,
    add::free_name,
    model::{RulePatch, checked},
    read::{load, profiles_with},
};
use crate::{block::Block, list, profile::Profile, space::Edit};

/// The most blocks that can follow a change of positions at once.
const MOST_BLOCKS: usize = 10_000;

/// Changes a rule, and the blocks that carry it with it.
pub(super) struct ChangeRule {
    pub(super) id: RuleId,
    pub(super) patch: RulePatch,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeRule {
    type Out = Rule;
    const NAME: &'static str = "rule.change";

    async fn run(&self, tx: &mut Tx) -> Result<Rule> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let old = load(tx, self.id).await?;
        let mut rule = old.clone();
        if let Some(name) = &self.patch.name {
            rule.name = free_name(tx, name, Some(self.id)).await?;
        }
        if let Some(positions) = &self.patch.positions {
            rule.positions = checked(positions)?;
        }
        if rule.positions != old.positions {
            follow(tx, &mut edit, &rule).await?;
        }
        if rule != old {
            tx.update(&old, &mut rule).await?;
        }
        edit.finish(tx).await?;
        tx.remember(self.key.as_ref(), &rule).await?;
        Ok(rule)
    }
}

/// Gives the new positions to all blocks that know the rule.
async fn follow(tx: &mut Tx, edit: &mut Edit, rule: &Rule) -> Result<()> {
    let most = i64::try_from(MOST_BLOCKS + 1).map_err(Error::internal)?;
    let mut left = most;
    for (id, profile) in profiles_with(tx, rule.id).await? {
        let blocks: Vec<Block> =
            tx.find("profile_id = $1 ORDER BY family, first, mask, space LIMIT $2", params![id, left]).await?;
        left -= i64::try_from(blocks.len()).map_err(Error::internal)?;
        if left <= 0 {
            let message = format!(
                "more than {MOST_BLOCKS} blocks follow this rule; add another rule, and give it to them step by step"
            );
            return Err(Error::conflict_of("positions", message));
        }
        let ruled = profile.rule.as_ref().map(|ruled| Ruled { positions: rule.sorted(), ..ruled.clone() });
        let profile_id = Profile { rule: ruled, ..(*profile).clone() }.intern(tx).await?;
        for old in blocks {
            edit.update(tx, &old, &mut Block { profile_id, ..old.clone() }).await?;
        }
    }
    Ok(())
}
