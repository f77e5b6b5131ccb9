//! People for tests.

use std::sync::Arc;

use kernel::{Actor, Grants, GroupId, RequestId, ResourceId, Rights, UserId};

/// Somebody in the making. The user's id follows from the name, and so does the request's.
#[derive(Debug, Clone)]
pub struct ActorBuilder {
    name: String,
    user: UserId,
    grants: Grants,
}

/// Begins with somebody who may do nothing.
pub fn actor(name: &str) -> ActorBuilder {
    // Far from the ids that a database gives out, and the same in each run.
    let id = name.bytes().fold(7, |sum: i64, byte| (sum * 31 + i64::from(byte)) % 1_000_000);
    ActorBuilder { name: name.to_owned(), user: UserId(1_000_000 + id), grants: Grants::default() }
}

impl ActorBuilder {
    /// With this id, that of a user in the database.
    #[must_use]
    pub fn id(mut self, user: UserId) -> Self {
        self.user = user;
        self
    }

    /// With these rights on a resource and all below it, through a group of its own.
    #[must_use]
    pub fn with(mut self, rights: Rights, on: ResourceId) -> Self {
        let group = GroupId(1_000_000 + i64::try_from(self.grants.groups().count()).unwrap_or_default());
        self.grants.add(group, on, rights);
        self
    }

    /// Somebody who may do everything.
    pub fn administrator(self) -> Actor {
        self.with(Rights::ALL, ResourceId::TOP).build()
    }

    /// Somebody who is known, but may do nothing.
    pub fn nobody(mut self) -> Actor {
        self.grants = Grants::default();
        self.build()
    }

    /// The actor.
    pub fn build(self) -> Actor {
        let request = RequestId(format!("request of {}", self.name).into());
        Actor { user: Some(self.user), name: self.name.into(), grants: Arc::new(self.grants), request, terms: None }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Action, Area};

    use super::*;

    const READ: Rights = Rights::of(Area::Ipam, Action::Read);

    #[test]
    fn an_actor_has_the_rights_that_were_given_and_no_others() {
        let ann = actor("ann").with(READ, ResourceId(7)).with(Rights::SWIP, ResourceId(8)).build();
        assert_eq!(ann.rights(&[ResourceId(7), ResourceId::TOP]), READ);
        assert_eq!(ann.rights(&[ResourceId(8), ResourceId::TOP]), Rights::SWIP);
        assert_eq!(ann.rights(&[ResourceId::TOP]), Rights::NONE);
    }

    #[test]
    fn an_administrator_may_do_everything_and_nobody_nothing() {
        assert!(actor("root").administrator().is_administrator());
        assert_eq!(actor("bob").nobody().rights(&[ResourceId::TOP]), Rights::NONE);
    }

    #[test]
    fn people_differ() {
        assert_ne!(actor("ann").nobody().user, actor("bob").nobody().user);
        assert_eq!(actor("ann").nobody().user, actor("ann").administrator().user);
    }
}
