//! What a quota looks like from outside.

use kernel::{Error, Family, FieldErrors, GroupId, ResourceId, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QuotaRow;

/// How much the members of a group may bring below a resource
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": 4, "group_id": 3, "resource_id": 14, "type": "ipv4", "mask": 29, "limit": 2, "used": 1,
    "unit": "blocks"}))]
pub(crate) struct Quota {
    /// Its id.
    pub(crate) id: i64,
    /// The group.
    #[schema(value_type = i64)]
    pub(crate) group_id: GroupId,
    /// The resource below which it counts.
    #[schema(value_type = i64)]
    pub(crate) resource_id: ResourceId,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub(crate) family: Family,
    /// The mask of the blocks that are counted; null when addresses are.
    pub(crate) mask: Option<u8>,
    /// The most that may be held.
    pub(crate) limit: i64,
    /// What is held, by whomever.
    pub(crate) used: u64,
    /// What is counted: `addresses` of IPv4, `subnets` (/64s) of IPv6, or `blocks` of the mask.
    #[schema(value_type = String)]
    pub(crate) unit: String,
}

/// A quota to add
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"resource_id": 14, "type": "ipv4", "mask": 29, "limit": 2}))]
pub(crate) struct NewQuota {
    /// The resource below which it counts, itself included.
    #[schema(value_type = i64)]
    pub(crate) resource_id: ResourceId,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub(crate) family: Family,
    /// Counts blocks of this mask. When it is left out, addresses are counted, and of IPv6 /64s.
    #[serde(default)]
    pub(crate) mask: Option<u8>,
    /// The most that may be held: 0 to 1,000,000,000,000.
    #[schema(minimum = 0)]
    pub(crate) limit: i64,
}

/// A change of a quota
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"limit": 4}))]
pub(crate) struct QuotaPatch {
    /// The most that may be held: 0 to 1,000,000,000,000.
    #[schema(minimum = 0)]
    pub(crate) limit: i64,
}

/// The largest limit.
const MOST: i64 = 1_000_000_000_000;

impl Quota {
    pub(super) fn new(row: &QuotaRow, held: u128) -> Self {
        let unit = match (row.counts_blocks(), row.family()) {
            (true, _) => "blocks",
            (false, Family::Ipv4) => "addresses",
            (false, Family::Ipv6) => "subnets",
        };
        Self {
            id: row.id,
            group_id: row.group_id,
            resource_id: row.resource_id,
            family: row.family(),
            mask: row.counts_blocks().then_some(row.mask),
            limit: row.most,
            used: u64::try_from(held.div_ceil(row.unit())).unwrap_or(u64::MAX),
            unit: unit.to_owned(),
        }
    }
}

impl NewQuota {
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let bits = self.family.bits();
        if self.mask.is_some_and(|mask| !(1..=bits).contains(&mask)) {
            errors.push("mask", format!("must be 1 to {bits}"));
        }
        if !(0..=MOST).contains(&self.limit) {
            errors.push("limit", format!("must be 0 to {MOST}"));
        }
        errors.into_result()
    }
}

impl QuotaPatch {
    pub(super) fn check(&self) -> Result<()> {
        if (0..=MOST).contains(&self.limit) {
            return Ok(());
        }
        Err(Error::invalid("limit", format!("must be 0 to {MOST}")))
    }
}

/// There is no such quota.
pub(super) fn not_found(id: i64) -> Error {
    Error::not_found(format!("The group has no quota with id {id}."))
}
