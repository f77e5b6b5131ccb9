//! A VLAN domain in API v2.

use kernel::{Error, FieldErrors, Result, VlanDomainId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DEFAULT_DOMAIN, Domain};
use crate::list;

/// A VLAN domain
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct VlanDomain {
    /// Its id.
    #[schema(value_type = i64, example = 2)]
    pub(super) id: VlanDomainId,
    /// Its name.
    #[schema(example = "Amsterdam")]
    pub(super) name: String,
    /// `standard` (VLANs 2 to 1001) or `extended` (1006 to 4094 as well).
    #[schema(example = "extended")]
    pub(super) range: &'static str,
    /// Whether it is the domain of blocks that name none, which can't be deleted.
    pub(super) is_default: bool,
    /// Named parts of its range.
    pub(super) tags: Vec<VlanTag>,
}

/// A named part of a domain's range
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VlanTag {
    /// Its name.
    #[schema(example = "customers")]
    pub(crate) name: String,
    /// The first VLAN.
    #[schema(example = 100)]
    pub(crate) first: i64,
    /// The last VLAN.
    #[schema(example = 199)]
    pub(crate) last: i64,
}

impl From<Domain> for VlanDomain {
    fn from(domain: Domain) -> Self {
        let (tags, range) = (domain.tags(), if domain.extended { "extended" } else { "standard" });
        Self { id: domain.id, is_default: domain.id == DEFAULT_DOMAIN, name: domain.name, range, tags }
    }
}

/// A domain to add
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVlanDomain {
    /// Its name: 1 to 100 characters, and no other domain's.
    #[schema(example = "Amsterdam")]
    pub(super) name: String,
    /// `standard` (the usual one) or `extended`.
    #[serde(default)]
    #[schema(example = "extended")]
    pub(super) range: Option<String>,
    /// Named parts of its range, at most 100; they may overlap.
    #[serde(default)]
    pub(super) tags: Vec<VlanTag>,
}

/// What is to be changed; what is not named stays
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VlanDomainPatch {
    /// Its name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// `standard` or `extended`; a range that leaves out a VLAN that is enabled is refused.
    #[serde(default)]
    pub(super) range: Option<String>,
    /// The complete new list of named parts.
    #[serde(default)]
    pub(super) tags: Option<Vec<VlanTag>>,
}

/// Whether this is the name of the extended range.
pub(super) fn is_extended(range: &str) -> Result<bool> {
    match range.trim().to_ascii_lowercase().as_str() {
        "standard" => Ok(false),
        "extended" => Ok(true),
        _ => Err(Error::invalid("range", format!("\"{}\" is neither standard nor extended", list::short(range)))),
    }
}

/// The most tags of one domain.
const MOST_TAGS: usize = 100;

/// The tags as they are kept, when they lie in the range of the domain.
pub(super) fn checked(tags: &[VlanTag], domain: &Domain) -> Result<String> {
    if tags.len() > MOST_TAGS {
        return Err(Error::invalid("tags", format!("must be at most {MOST_TAGS}")));
    }
    let (mut errors, mut kept) = (FieldErrors::default(), Vec::<VlanTag>::new());
    for (n, tag) in tags.iter().enumerate() {
        let field = format!("tags[{n}]");
        match list::entry(&format!("{field}.name"), &tag.name) {
            Ok(name) if kept.iter().any(|other| other.name == name) => {
                errors.push(format!("{field}.name"), format!("\"{name}\" is there twice"));
            }
            Ok(name) => kept.push(VlanTag { name, ..tag.clone() }),
            Err(Error::Invalid(found)) => errors.0.extend(found.0),
            Err(other) => return Err(other),
        }
        if tag.first > tag.last {
            errors.push(format!("{field}.last"), "must not come before the first one");
        }
        for (end, vlan) in [("first", tag.first), ("last", tag.last)] {
            if !domain.has(vlan) {
                let range = domain.range();
                errors.push(format!("{field}.{end}"), format!("{vlan} is not in the range of the domain; use {range}"));
            }
        }
    }
    errors.into_result()?;
    serde_json::to_string(&kept).map_err(Error::internal)
}
