//! Looking at policies.

use kernel::{Actor, Error, Page, Result};
use store::params;

use super::{
    Policy, PolicyRow,
    model::{allow, shown},
    row::load,
};
use crate::Approvals;

impl Approvals {
    /// The policies by action and group, and whether there are more behind this page.
    pub(super) async fn policies(&self, actor: &Actor, page: Page) -> Result<(Vec<Policy>, bool)> {
        allow(actor)?;
        let mut tx = self.db.read(actor).await?;
        let condition = "id > 0 ORDER BY action, group_id LIMIT $1 OFFSET $2";
        let mut rows = tx.find::<PolicyRow>(condition, params![i64::from(page.limit) + 1, page.offset]).await?;
        let more = rows.len() > page.limit as usize;
        rows.truncate(page.limit as usize);
        Ok((shown(&mut tx, rows).await?, more))
    }

    /// One policy.
    pub(super) async fn policy(&self, actor: &Actor, id: i64) -> Result<Policy> {
        allow(actor)?;
        let mut tx = self.db.read(actor).await?;
        let row = load(&mut tx, id).await?;
        shown(&mut tx, vec![row]).await?.pop().ok_or_else(|| Error::internal("a policy was lost"))
    }
}
