//! A VLAN in API v2.

use kernel::{Error, Patch, Result, VlanDomainId, VlanId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Vlan;
use crate::{block::update, vlan_domain::Domain};

/// A VLAN of a domain
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct EnabledVlan {
    /// Its id.
    #[schema(value_type = i64, example = 12)]
    pub(super) id: VlanId,
    /// The domain that it is enabled in.
    #[schema(value_type = i64, example = 2)]
    pub(super) domain_id: VlanDomainId,
    /// Its number.
    #[schema(example = 104)]
    pub(super) vlan: i64,
    /// Its name.
    pub(super) name: Option<String>,
    /// Free text.
    pub(super) notes: Option<String>,
    /// The tags of the domain in whose ranges it is.
    #[schema(example = json!(["customers"]))]
    pub(super) tags: Vec<String>,
}

impl EnabledVlan {
    /// A VLAN as it is shown.
    pub(super) fn of(vlan: Vlan, domain: &Domain) -> Self {
        let tags = domain.tags().into_iter().filter(|tag| (tag.first..=tag.last).contains(&vlan.number));
        let tags = tags.map(|tag| tag.name).collect();
        let Vlan { id, domain_id, number, name, notes, .. } = vlan;
        Self { id, domain_id, vlan: number, name, notes, tags }
    }
}

/// A VLAN to enable
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVlan {
    /// The domain.
    #[schema(value_type = i64, example = 2)]
    pub(super) domain_id: VlanDomainId,
    /// The number. Without one, the lowest of the domain that is not enabled yet.
    #[serde(default)]
    #[schema(example = 104)]
    pub(super) vlan: Option<i64>,
    /// A tag of the domain: the number must be in its range.
    #[serde(default)]
    #[schema(example = "customers")]
    pub(super) tag: Option<String>,
    /// Its name: at most 100 characters.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Free text.
    #[serde(default)]
    pub(super) notes: Option<String>,
}

/// What is to be changed; what is not named stays, and null clears
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VlanPatch {
    /// Its name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) name: Patch<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) notes: Patch<String>,
}

/// Which VLANs
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct VlanQuery {
    /// Those of this domain.
    pub(super) domain_id: Option<i64>,
    /// Those of this number.
    pub(super) vlan: Option<i64>,
    /// Those in the range of this tag; needs the domain.
    pub(super) tag: Option<String>,
}

/// A name as it is kept; an empty one is none.
pub(super) fn name(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must not contain control characters"));
    }
    if text.chars().count() > 100 {
        return Err(Error::invalid("name", "must not be longer than 100 characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Notes as they are kept; empty ones are none.
pub(super) fn notes(text: &str) -> Result<Option<String>> {
    let notes = update::text("notes", text, update::LONGEST_NOTES)?;
    Ok((!notes.trim().is_empty()).then_some(notes))
}
