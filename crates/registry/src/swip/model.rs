//! A change at a registry, as people see it.

use kernel::{Error, JobId, LirId, Prefix, ResourceId, Result};
use serde::{Deserialize, Serialize};
use store::{Column, Kind, ToValue, Value};
use utoipa::ToSchema;

use super::SwipRow;
use crate::arin::Customer;

/// What is done at the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The block is given to a customer, whom ARIN gets to know by it.
    SimpleReassign,
    /// The block is given to an organisation that ARIN knows, for its own use.
    DetailedReassign,
    /// The block is given to an organisation that ARIN knows, which may give pieces of it on.
    Reallocate,
    /// The block is taken back.
    Deassign,
}

impl Action {
    const ALL: [Self; 4] = [Self::SimpleReassign, Self::DetailedReassign, Self::Reallocate, Self::Deassign];

    /// The word in API v2.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SimpleReassign => "simple_reassign",
            Self::DetailedReassign => "detailed_reassign",
            Self::Reallocate => "reallocate",
            Self::Deassign => "deassign",
        }
    }

    /// The word in API v1.
    pub const fn name_of_v1(self) -> &'static str {
        match self {
            Self::SimpleReassign => "simpleReassign",
            Self::DetailedReassign => "detailedReassign",
            Self::Reallocate => "reallocate",
            Self::Deassign => "deassign",
        }
    }
}

/// How far a change has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SwipState)]
pub enum State {
    /// It is wanted.
    Draft,
    /// ARIN was looked at, and nothing stands in the way.
    Validated,
    /// Something was sent.
    Sent,
    /// Somebody at ARIN looks at it.
    Ticket,
    /// ARIN has it as it was wanted.
    Done,
    /// ARIN does not have it, and nobody tries any more; the message says why.
    Failed,
}

impl State {
    const ALL: [Self; 6] = [Self::Draft, Self::Validated, Self::Sent, Self::Ticket, Self::Done, Self::Failed];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Validated => "validated",
            Self::Sent => "sent",
            Self::Ticket => "ticket",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more happens.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

macro_rules! word {
    ($type:ident, $what:literal) => {
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                Value::Text(self.name().to_owned())
            }
        }

        impl Column for $type {
            const KIND: Kind = Kind::Text;

            fn from_value(value: Value) -> Result<Self> {
                let name = String::from_value(value)?;
                let known = Self::ALL.into_iter().find(|known| known.name() == name);
                known.ok_or_else(|| Error::internal(format!(concat!("no ", $what, " is called {}"), name)))
            }
        }
    };
}
word!(Action, "action at a registry");
word!(State, "state of a change at a registry");

/// A change at the registry that is wanted.
#[derive(Debug, Clone)]
pub struct NewSwip {
    /// The block: its id or its CIDR.
    pub block: String,
    /// What is to be done.
    pub action: Action,
    /// Through which LIR; that of the block when none is named.
    pub lir_id: Option<LirId>,
    /// As which organisation of the LIR; its only one when none is named.
    pub entity_handle: Option<String>,
    /// Who holds the block, for callers who want to be sure.
    pub resource_id: Option<ResourceId>,
    /// The range of the block, for callers who want to be sure.
    pub cidr: Option<Prefix>,
    /// The name of the network; made of the LIR's prefix and the range when there is none.
    pub net_name: Option<String>,
    /// The organisation that gets the block, where it is one.
    pub recipient: Option<String>,
    /// The customer who gets the block, where it is one; made of the holder's attributes when there is none.
    pub customer: Option<Customer>,
    /// The customer, if ARIN knows them already.
    pub customer_handle: Option<String>,
}

impl NewSwip {
    /// This action for this block, and whatever else is usual.
    pub fn new(block: impl Into<String>, action: Action) -> Self {
        Self {
            block: block.into(),
            action,
            lir_id: None,
            entity_handle: None,
            resource_id: None,
            cidr: None,
            net_name: None,
            recipient: None,
            customer: None,
            customer_handle: None,
        }
    }
}

/// A change at the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Swip {
    /// Its id.
    #[schema(example = 7)]
    pub id: i64,
    /// What is done.
    pub action: Action,
    /// How far it has got.
    pub state: State,
    /// The block.
    #[schema(example = "67.221.244.0/28")]
    pub cidr: String,
    /// The LIR through which it is done.
    #[schema(value_type = i64)]
    pub lir_id: LirId,
    /// The resource for which it is done.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// The organisation of the LIR.
    #[schema(example = "CONNE-81")]
    pub entity_handle: String,
    /// The organisation that gets the block, where it is one.
    pub recipient: Option<String>,
    /// The name of the network.
    #[schema(example = "NET-ACME-67-221-244-0-28")]
    pub net_name: String,
    /// The customer's handle, once ARIN has given it.
    #[schema(example = "C00000001")]
    pub customer_handle: Option<String>,
    /// The network's handle, once ARIN has given it.
    #[schema(example = "NET-67-221-244-0-1")]
    pub net_handle: Option<String>,
    /// The ticket that somebody at ARIN looks at.
    pub ticket: Option<String>,
    /// What is to be said of it: why it failed, what it waits for, what was found.
    pub message: Option<String>,
    /// The job that carries it out.
    #[schema(value_type = Option<i64>)]
    pub job_id: Option<JobId>,
    /// When it was wanted, in UTC.
    pub created_at: String,
    /// When it last got further, in UTC.
    pub changed_at: String,
}

impl From<&SwipRow> for Swip {
    fn from(row: &SwipRow) -> Self {
        Self {
            id: row.id,
            action: row.action,
            state: row.state,
            cidr: row.cidr.clone(),
            lir_id: row.lir_id,
            resource_id: row.resource_id,
            entity_handle: row.entity_handle.clone(),
            recipient: row.recipient.clone(),
            net_name: row.net_name.clone(),
            customer_handle: row.customer_handle.clone(),
            net_handle: row.net_handle.clone(),
            ticket: row.ticket.clone(),
            message: row.message.clone(),
            job_id: row.job_id,
            created_at: row.created_at.sql(),
            changed_at: row.changed_at.sql(),
        }
    }
}
