//! The permissions of a person or a group, put together.

use kernel::{Grants, GroupId, Result, UserId};
use store::{Tx, Value, params};

/// What a user may do now: the permissions of their groups, of those that are enabled. A group without permissions is
/// there as well, since it may have something else, such as a quota.
pub(crate) async fn in_force(tx: &mut Tx, user: UserId) -> Result<Grants> {
    let text = "SELECT m.group_id, p.resource_id, p.rights FROM group_member m
        JOIN user_group g ON g.id = m.group_id LEFT JOIN permission p ON p.group_id = m.group_id
        WHERE m.user_id = $1 AND g.enabled = 1";
    collect(tx, text, params![user]).await
}

/// What a user may do once all their groups are enabled: the measure of who may change the user.
pub(crate) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Grants> {
    let text = "SELECT p.group_id, p.resource_id, p.rights FROM group_member m
        JOIN permission p ON p.group_id = m.group_id WHERE m.user_id = $1";
    collect(tx, text, params![user]).await
}

/// What a group gives to its members.
pub(crate) async fn of_group(tx: &mut Tx, group: GroupId) -> Result<Grants> {
    collect(tx, "SELECT group_id, resource_id, rights FROM permission WHERE group_id = $1", params![group]).await
}

async fn collect(tx: &mut Tx, text: &str, params: &[Value]) -> Result<Grants> {
    let mut grants = Grants::default();
    for mut row in tx.rows(text, params).await? {
        let group = row.take(0)?;
        grants.join(group);
        if let (Some(resource), Some(rights)) = (row.take(1)?, row.take(2)?) {
            grants.add(group, resource, rights);
        }
    }
    Ok(grants)
}
