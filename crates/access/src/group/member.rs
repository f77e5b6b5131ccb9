//! Who is in which group.

use std::collections::HashMap;

use kernel::{GroupId, Result, UserId};
use store::{Tx, params};

use super::{GroupName, Member};

store::record! {
    /// A user in a group.
    pub struct MemberRow in "group_member" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The group.
        group_id: GroupId,
        /// The user.
        user_id: UserId,
    }
}

/// Puts a user into a group in which they are not.
pub(crate) async fn add_member(tx: &mut Tx, group_id: GroupId, user_id: UserId) -> Result<()> {
    let id = tx.new_id::<MemberRow>().await?;
    tx.insert(&MemberRow { id, version: 1, group_id, user_id }).await
}

/// The users in a group, by name.
pub(super) async fn list(tx: &mut Tx, group: GroupId) -> Result<Vec<Member>> {
    let text = "SELECT u.id, u.name FROM group_member m JOIN user_account u ON u.id = m.user_id
        WHERE m.group_id = $1 ORDER BY u.name_key";
    let rows = tx.rows(text, params![group]).await?;
    rows.into_iter().map(|mut row| Ok(Member { id: row.take(0)?, username: row.take(1)? })).collect()
}

/// The groups of a user that are in force.
pub async fn groups_in_force(tx: &mut Tx, user: UserId) -> Result<Vec<GroupId>> {
    let text = "SELECT m.group_id FROM group_member m JOIN user_group g ON g.id = m.group_id
        WHERE m.user_id = $1 AND g.enabled = 1 ORDER BY m.group_id";
    let rows = tx.rows(text, params![user]).await?;
    rows.into_iter().map(|mut row| row.take(0)).collect()
}

/// The groups of each of these users, by name.
pub(crate) async fn groups_of(tx: &mut Tx, users: &[UserId]) -> Result<HashMap<UserId, Vec<GroupName>>> {
    let text = "SELECT m.user_id, g.id, g.name FROM group_member m JOIN user_group g ON g.id = m.group_id
        WHERE m.user_id = ANY($1) ORDER BY g.name_key";
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for mut row in tx.rows(text, params![users]).await? {
        groups.entry(row.take(0)?).or_default().push(GroupName { id: row.take(1)?, name: row.take(2)? });
    }
    Ok(groups)
}
