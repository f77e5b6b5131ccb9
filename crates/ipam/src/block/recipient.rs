//! Naming the resource that is to hold a block.

use kernel::{Action, Area, Error, ResourceId, Result};
use resources::{Resource, ResourceQuery};
use store::Tx;

use super::assign;

/// How a caller names the resource.
#[derive(Debug, Clone)]
pub(crate) struct Recipient {
    /// The parameter, as the caller knows it.
    pub(crate) field: &'static str,
    /// Its value.
    pub(crate) who: Who,
}

/// The value of the parameter.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// By its id.
    Id(ResourceId),
    /// By a query that must find exactly one.
    Query(Box<ResourceQuery>),
}

impl Recipient {
    /// The id, when no question needs to be asked for it.
    pub(crate) fn id(&self) -> Option<ResourceId> {
        match self.who {
            Who::Id(id) => Some(id),
            Who::Query(_) => None,
        }
    }

    /// The resource, if the caller may do this with blocks of it.
    pub(crate) async fn find(&self, tx: &mut Tx, action: Action) -> Result<Resource> {
        let query = match &self.who {
            Who::Id(id) => {
                let found = resources::load(tx, &[*id]).await?;
                return self.checked(tx, *id, found.get(id), action);
            }
            Who::Query(query) => ResourceQuery { limit: Some(2), ..(**query).clone() },
        };
        let mut found = resources::find(tx, &query).await?;
        match (found.resources.pop(), found.found_count) {
            (Some(resource), 1) => self.checked(tx, resource.id, Some(&resource), action),
            (None, _) => Err(Error::invalid(self.field, "finds no resource")),
            (_, count) => Err(Error::invalid(self.field, format!("finds {count} resources; it must find exactly one"))),
        }
    }

    /// The resource that was found under this id, if any, and if the caller may do this with blocks of it. One that
    /// may not be seen is refused in the same words as one that is not there.
    pub(crate) fn checked(
        &self,
        tx: &Tx,
        id: ResourceId,
        found: Option<&Resource>,
        action: Action,
    ) -> Result<Resource> {
        let missing = || Error::invalid(self.field, format!("No resource found with ID: {id}"));
        let resource = found.ok_or_else(missing)?;
        match resource.allow(tx.actor(), Area::Ipam, action) {
            Ok(()) => assign::may_hold(self.field, resource).map(|()| resource.clone()),
            Err(Error::NotFound(_)) => Err(missing()),
            Err(refused) => Err(refused),
        }
    }
}
