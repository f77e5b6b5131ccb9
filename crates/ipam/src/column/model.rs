//! A column in API v2.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A column of blocks that an instance may name
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct Column {
    /// The field of a block: `code`, or `meta1` to `meta10`.
    #[schema(example = "meta1")]
    pub(super) field: String,
    /// What it is called.
    #[schema(example = "Circuit")]
    pub(super) name: String,
    /// Whether pages show it.
    pub(super) shown: bool,
}

/// What is to be changed; what is not named stays
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnPatch {
    /// What it is called: 1 to 100 characters, and no other column's name.
    #[serde(default)]
    #[schema(example = "Circuit")]
    pub(super) name: Option<String>,
    /// Whether pages show it.
    #[serde(default)]
    pub(super) shown: Option<bool>,
}
