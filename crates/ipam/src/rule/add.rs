//! Adding a rule.

use kernel::{Error, Result, RuleId};
use store::{RequestKey, Tx, Work, params};

use super::{
    Rule,
    model::{NewRule, checked},
};
use crate::list;

/// Adds a rule.
pub(super) struct AddRule {
    pub(super) new: NewRule,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddRule {
    type Out = Rule;
    const NAME: &'static str = "rule.add";

    async fn run(&self, tx: &mut Tx) -> Result<Rule> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let name = free_name(tx, &self.new.name, None).await?;
        let positions = checked(&self.new.positions)?;
        let rule = Rule { id: RuleId(tx.new_id::<Rule>().await?), version: 1, name, positions };
        tx.insert(&rule).await?;
        tx.remember(self.key.as_ref(), &rule).await?;
        Ok(rule)
    }
}

/// The name, if no other rule has it.
pub(super) async fn free_name(tx: &mut Tx, name: &str, own: Option<RuleId>) -> Result<String> {
    let name = list::entry("name", name)?;
    let taken = tx.find::<Rule>("name = $1", params![name]).await?.pop();
    match taken.filter(|rule| own != Some(rule.id)) {
        Some(rule) => Err(Error::conflict_of("name", format!("the rule {} has the name \"{name}\" already", rule.id))),
        None => Ok(name),
    }
}
