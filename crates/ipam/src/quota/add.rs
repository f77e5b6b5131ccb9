//! Adding a quota.

use kernel::{Error, GroupId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{NewQuota, Quota, QuotaRow, SIGNAL, count::held, read::administered};
use crate::space::LOCK;

/// Adds a quota. What is held already may be more: then nothing more comes until less is held.
pub(crate) struct AddQuota {
    pub(crate) group: GroupId,
    pub(crate) new: NewQuota,
    pub(crate) key: Option<RequestKey>,
}

impl Work for AddQuota {
    type Out = Quota;
    const NAME: &'static str = "quota.add";

    async fn run(&self, tx: &mut Tx) -> Result<Quota> {
        self.new.check()?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let resource = administered(tx, self.new.resource_id).await?;
        let group = access::load_group(tx, self.group).await?;
        let NewQuota { resource_id, family, mask, limit } = self.new.clone();
        let (family, mask) = (family.number(), mask.unwrap_or(0));
        let condition = "group_id = $1 AND resource_id = $2 AND family = $3 AND mask = $4";
        let same = tx.find::<QuotaRow>(condition, params![self.group, resource_id, family, mask]).await?;
        if let Some(same) = same.first() {
            let (name, what, id) = (&group.name, same.what(), same.id);
            return Err(Error::conflict(format!("The group \"{name}\" has a quota of {what} there already ({id}).")));
        }
        let id = tx.new_id::<QuotaRow>().await?;
        let row = QuotaRow { id, version: 1, group_id: self.group, resource_id, family, mask, most: limit };
        tx.insert(&row).await?;
        tx.signal(SIGNAL);
        let held = held(tx, &row, &resource).await?;
        let quota = Quota::new(&row, held);
        tx.remember(self.key.as_ref(), &quota).await?;
        Ok(quota)
    }
}
