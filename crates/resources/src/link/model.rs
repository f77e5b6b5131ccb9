//! What a link is.

use kernel::ResourceId;
use serde::{Deserialize, Serialize};
use store::Query;

store::record! {
    #[derive(Serialize, Deserialize)]
    /// A named relation between two resources.
    pub struct Link in "resource_link" secret [] part_of [("resource_id1", "resource"), ("resource_id2", "resource")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The resource on the first side.
        resource_id1: ResourceId,
        /// The resource on the second side.
        resource_id2: ResourceId,
        /// What the relation is: `contact`, `dhcpPoolLink`, `dnsZoneServer`, ...
        relation: String,
        /// What else there is to say about it.
        data: Option<String>,
    }
}

impl Link {
    /// The resource on the side where this one does not stand.
    pub fn other(&self, id: ResourceId) -> ResourceId {
        if self.resource_id1 == id { self.resource_id2 } else { self.resource_id1 }
    }

    /// Whether the other link says the same of the same resources, whatever data they carry.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let key = |link: &Self| (link.resource_id1, link.resource_id2);
        key(self) == key(other) && self.relation == other.relation
    }
}

/// The sides of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `resource_id1`.
    First,
    /// `resource_id2`.
    Second,
}

/// Resources that are linked to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFilter {
    /// By this relation; `None` for any.
    pub relation: Option<String>,
    /// The side on which the other resource stands; `None` for either.
    pub side: Option<Side>,
    /// The other resource; `None` for any.
    pub value: Option<ResourceId>,
}

impl LinkFilter {
    /// The condition on `alias.id`.
    pub(crate) fn condition(&self, alias: &str) -> Query {
        let from = |mine: &str, other: &str| {
            let mut query = Query::new(format!("{alias}.id IN (SELECT l.{mine} FROM resource_link l WHERE 1 = 1"));
            if let Some(relation) = &self.relation {
                query.push(" AND l.relation = ").bind(relation);
            }
            if let Some(value) = self.value {
                query.push(&format!(" AND l.{other} = ")).bind(value);
            }
            query.push(")");
            query
        };
        let (second, first) = (from("resource_id2", "resource_id1"), from("resource_id1", "resource_id2"));
        match self.side {
            Some(Side::First) => second,
            Some(Side::Second) => first,
            None => {
                let mut either = Query::new("(");
                either.append(&first).push(" OR ").append(&second).push(")");
                either
            }
        }
    }
}
