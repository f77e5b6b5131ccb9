//! Deleting a rule.

use kernel::{Error, Result, RuleId};
use store::{RequestKey, Tx, Work};

use super::read::{carriers, load};
use crate::{list, space::LOCK};

/// Deletes a rule; refused while a block carries it.
pub(super) struct DeleteRule {
    pub(super) id: RuleId,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeleteRule {
    type Out = ();
    const NAME: &'static str = "rule.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        list::allow(tx)?;
        let rule = load(tx, self.id).await?;
        let (mut first, more) = carriers(tx, self.id, kernel::Page { offset: 0, limit: 1 }).await?;
        if let Some(block) = first.pop() {
            let others = if more { " and others carry" } else { " carries" };
            let message = format!("{}{others} the rule \"{}\"; take it off them first", block.prefix(), rule.name);
            return Err(Error::conflict_of("id", message));
        }
        tx.delete(&rule).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
