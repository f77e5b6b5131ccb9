//! Who acts.

use std::{fmt, sync::Arc};

use crate::{Grants, ResourceId, Rights, Terms, UserId};

/// The id of one request, carried through log lines and the change log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(
    /// Printable text of at most 64 characters.
    pub Arc<str>,
);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The person, program or job behind a call, with all that it may do. The first argument of everything.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user; `None` for the system itself.
    pub user: Option<UserId>,
    /// The name to show in the change log.
    pub name: Arc<str>,
    /// What the actor may do.
    pub grants: Arc<Grants>,
    /// The request on whose behalf this happens.
    pub request: RequestId,
    /// On which terms it writes; nothing when what is written is simply written.
    pub terms: Option<Arc<Terms>>,
}

impl Actor {
    /// The system itself, for work that nobody asked for, such as the first start.
    pub fn system(why: &str) -> Self {
        let (name, grants) = ("system".into(), Arc::new(Grants::system()));
        Self { user: None, name, grants, request: RequestId(why.into()), terms: None }
    }

    /// The actor's rights on a resource, given the ids from it up to the top.
    pub fn rights(&self, lineage: &[ResourceId]) -> Rights {
        self.grants.on(lineage)
    }

    /// Whether the actor administers the whole instance.
    pub fn is_administrator(&self) -> bool {
        self.rights(&[ResourceId::TOP]).has(Rights::ADMIN)
    }
}
