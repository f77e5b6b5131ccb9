//! A VRF in API v2.

use kernel::{Patch, Result, VrfId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NO_VRF, Vrf};
use crate::block::update;

/// A VRF
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct IpamVrf {
    /// Its id.
    #[schema(value_type = i64, example = 2)]
    pub(super) id: VrfId,
    /// Its name.
    #[schema(example = "customer-red")]
    pub(super) name: String,
    /// Its route distinguisher.
    #[schema(example = "65000:100")]
    pub(super) route_distinguisher: Option<String>,
    /// Free text.
    pub(super) notes: Option<String>,
    /// Whether it is the one that is always there.
    pub(super) is_default: bool,
}

impl From<Vrf> for IpamVrf {
    fn from(vrf: Vrf) -> Self {
        let Vrf { id, name, route_distinguisher, notes, .. } = vrf;
        Self { id, name, route_distinguisher, notes, is_default: id == NO_VRF }
    }
}

/// A VRF to add
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVrf {
    /// Its name: 1 to 100 characters, and no other VRF's.
    #[schema(example = "customer-red")]
    pub(super) name: String,
    /// Its route distinguisher (RFC 4364): `65000:100`, `4200000000:100` or `192.0.2.1:100`.
    #[serde(default)]
    #[schema(example = "65000:100")]
    pub(super) route_distinguisher: Option<String>,
    /// Free text.
    #[serde(default)]
    pub(super) notes: Option<String>,
}

/// What is to be changed; what is not named stays, and null clears
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VrfPatch {
    /// Its name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Its route distinguisher.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) route_distinguisher: Patch<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) notes: Patch<String>,
}

/// Notes as they are kept; empty ones are none.
pub(super) fn notes(text: &str) -> Result<Option<String>> {
    let notes = update::text("notes", text, update::LONGEST_NOTES)?;
    Ok((!notes.trim().is_empty()).then_some(notes))
}
