//! Setting who is in a group.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Action, Actor, FieldErrors, GroupId, Result, UserId};
use store::{Tx, Work, params};

use super::{Member, MemberRow, add_member, load, member};
use crate::{
    Access, LOCK, SIGNAL,
    cover::{Tree, allow, require_cover},
    permission,
    user::{UserRow, require_administrator},
};

impl Access {
    /// Puts these users into a group and all others out of it. An actor must have all the rights that the group gives.
    pub async fn set_members(&self, actor: &Actor, id: GroupId, users: Vec<UserId>) -> Result<Vec<Member>> {
        self.write(actor, SetMembers { id, users, tree: self.0.settings.tree.clone() }).await
    }
}

struct SetMembers {
    id: GroupId,
    users: Vec<UserId>,
    tree: Arc<dyn Tree>,
}

impl Work for SetMembers {
    type Out = Vec<Member>;
    const NAME: &'static str = "group.set_members";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Member>> {
        allow(tx.actor(), Action::Update)?;
        tx.lock(LOCK).await?;
        let group = load(tx, self.id).await?;
        let grants = permission::of_group(tx, self.id).await?;
        let what = format!("You may not change who is in the group \"{}\"", group.name);
        require_cover(tx, &self.tree, &grants, &what).await?;
        self.require_users(tx).await?;
        let wanted: BTreeSet<_> = self.users.iter().copied().collect();
        let before = tx.find::<MemberRow>("group_id = $1", params![self.id]).await?;
        for row in before.iter().filter(|row| !wanted.contains(&row.user_id)) {
            tx.delete(row).await?;
        }
        let present: BTreeSet<_> = before.iter().map(|row| row.user_id).collect();
        for user in wanted.difference(&present) {
            add_member(tx, self.id, *user).await?;
        }
        require_administrator(tx).await?;
        tx.signal(SIGNAL);
        member::list(tx, self.id).await
    }
}

impl SetMembers {
    async fn require_users(&self, tx: &mut Tx) -> Result<()> {
        let found = tx.find::<UserRow>("id = ANY($1)", params![self.users]).await?;
        let known: BTreeSet<_> = found.iter().map(|user| user.id).collect();
        let mut errors = FieldErrors::default();
        for (at, user) in self.users.iter().enumerate().filter(|(_, user)| !known.contains(user)) {
            errors.push(format!("users[{at}]"), format!("there is no user with id {user}"));
        }
        errors.into_result()
    }
}
