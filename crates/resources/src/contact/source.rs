//! Where contacts are looked up.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Error, Result};

use super::{Card, ContactType};

/// A registry or a directory that knows people by a handle. Implemented by what talks to the outside.
pub trait Source: Send + Sync + 'static {
    /// Looks a handle up. It talks to the network, and is never called inside a transaction.
    ///
    /// [`Error::NotFound`] when nobody has this handle, [`Error::Busy`] when the answer may come another time,
    /// [`Error::Conflict`] when there was an answer of which nothing can be made.
    fn look_up<'a>(&'a self, handle: &'a str) -> BoxFuture<'a, Result<FoundContact>>;
}

/// What a source says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundContact {
    /// The handle, in the form that the source prefers.
    pub handle: String,
    /// The name of the person, the role or the organisation.
    pub name: String,
    /// How they can be reached.
    pub card: Card,
}

/// All sources that are set up, by the type of the contacts that come from them.
#[derive(Clone, Default)]
pub(crate) struct Sources(BTreeMap<ContactType, Arc<dyn Source>>);

impl Sources {
    pub(crate) fn add(&mut self, contact_type: ContactType, source: Arc<dyn Source>) {
        self.0.insert(contact_type, source);
    }

    /// The source of this type.
    pub(super) fn get(&self, contact_type: ContactType) -> Result<&Arc<dyn Source>> {
        self.0.get(&contact_type).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(|known| known.name()).collect();
            let known = if known.is_empty() { "none is".to_owned() } else { format!("there are {}", known.join(", ")) };
            let name = contact_type.name();
            Error::invalid("source", format!("{name} is not set up on this server as a source of contacts; {known}"))
        })
    }
}
