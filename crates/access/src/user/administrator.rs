//! Somebody must be left who can do everything.

use kernel::{Error, ResourceId, Result, Rights};
use store::{Tx, params};

/// Refuses a change after which no enabled user would be an administrator: someone in an enabled group with
/// `permissionAdmin` on the top-level resource. To be asked after the change, in its transaction and under the lock.
pub(crate) async fn require_administrator(tx: &mut Tx) -> Result<()> {
    let text = "SELECT COUNT(*) FROM user_account u JOIN group_member m ON m.user_id = u.id
        JOIN user_group g ON g.id = m.group_id JOIN permission p ON p.group_id = g.id
        WHERE u.enabled = 1 AND g.enabled = 1 AND p.resource_id = $1 AND (p.rights & $2) <> 0";
    let left = tx.scalar::<i64>(text, params![ResourceId::TOP, Rights::ADMIN]).await?;
    if left.is_some_and(|left| left > 0) {
        return Ok(());
    }
    Err(Error::conflict(
        "After this, no enabled user would be an administrator. Make someone else one first: put them into an enabled \
         group with permissionAdmin on the top-level resource.",
    ))
}
