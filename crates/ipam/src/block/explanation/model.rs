//! An explanation in API v2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which free blocks there were for an assignment, and what left them out
///
/// Blocks that are alike in everything that matters make one set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// How many sets there are.
    #[schema(example = 12)]
    pub sets: usize,
    /// How many free blocks they have together.
    #[schema(example = 4711)]
    pub blocks: usize,
    /// What leaves sets out, in the order in which it is looked at.
    pub left_out: Vec<LeftOut>,
    /// The sets, those that fit first, then those with the largest blocks; at most 100.
    pub candidates: Vec<Candidates>,
}

/// What one criterion leaves out
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// The field of the request, or `top_aggregate`, `mask` (too small), `rule_id` (kept back by a rule) or `reserved`.
    #[schema(example = "region_id")]
    pub by: String,
    /// How many sets it leaves out that nothing before it does.
    pub sets: usize,
    /// How many blocks these have.
    pub blocks: usize,
    /// The mask of the largest of these.
    #[schema(example = 20)]
    pub largest: u8,
}

/// A set of free blocks that are alike
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Candidates {
    /// The resource in whose pool they are; null for available space.
    pub assigned_resource_id: Option<i64>,
    /// Their numbering authority.
    pub rir: String,
    /// Their region.
    pub region: Option<String>,
    /// Their VLAN.
    pub vlan: Option<i64>,
    /// Their VRF.
    pub vrf_id: i64,
    /// Their generic code.
    pub code: Option<String>,
    /// Their tags.
    pub tags: Vec<String>,
    /// How many there are.
    pub blocks: usize,
    /// The mask of the largest.
    pub largest: u8,
    /// What leaves them out; null when they fit.
    pub left_out_by: Option<String>,
    /// Why, as a sentence.
    pub reason: Option<String>,
}
