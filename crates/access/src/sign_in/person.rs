//! A user as sign-in knows them.

use std::sync::Arc;

use kernel::{Actor, Grants, RequestId, UserId};

use crate::token::Bounds;

/// Who somebody is, and what they may do.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// The user's name.
    pub name: Arc<str>,
    /// The permissions of the user's groups.
    pub grants: Arc<Grants>,
    /// Where the credentials that they have shown may be used.
    pub bounds: Arc<Bounds>,
}

impl Person {
    /// The person as the one behind a request.
    pub fn actor(&self, request: RequestId) -> Actor {
        Actor { user: Some(self.id), name: self.name.clone(), grants: self.grants.clone(), request, terms: None }
    }
}
