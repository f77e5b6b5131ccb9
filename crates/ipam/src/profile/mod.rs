//! Profiles: the attributes by which blocks are chosen (registry, region, VLAN, code, ASN, LIR, tags, VRF) and what says
//! where in them (a rule, the scheme of sparse allocation), interned.
//!
//! Millions of blocks share a few hundred or thousand profiles, so a filter is resolved against the profiles once and
//! then only compares ids; a block's row holds one number.

mod known;
mod matching;

use kernel::{Asn, Error, LirId, ProfileId, Result, VlanDomainId, VrfId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{Tx, params};

pub(crate) use known::Profiles;
pub(crate) use matching::{Criteria, TagsMode};

use crate::{rule::Ruled, space::Scheme, vlan_domain::DEFAULT_DOMAIN, vrf::NO_VRF};

/// One set of attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The numbering authority, as in the list of RIRs.
    pub(crate) rir: String,
    /// The code of a region.
    pub(crate) region: Option<String>,
    pub(crate) vlan: Option<i64>,
    /// The generic code, free text.
    pub(crate) code: Option<String>,
    pub(crate) asn: Option<Asn>,
    pub(crate) lir: Option<LirId>,
    /// Sorted, without repetitions.
    pub(crate) tags: Vec<String>,
    // What is usual is left out of the digest, which is older than these fields.
    #[serde(default = "default_domain", skip_serializing_if = "is_default_domain")]
    pub(crate) vlan_domain: VlanDomainId,
    #[serde(default = "no_vrf", skip_serializing_if = "is_no_vrf")]
    pub(crate) vrf: VrfId,
    /// The rule that keeps positions back, here or in a block around.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<Ruled>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sparse: Option<Scheme>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            rir: String::new(),
            region: None,
            vlan: None,
            code: None,
            asn: None,
            lir: None,
            tags: Vec::new(),
            vlan_domain: DEFAULT_DOMAIN,
            vrf: NO_VRF,
            rule: None,
            sparse: None,
        }
    }
}

const fn default_domain() -> VlanDomainId {
    DEFAULT_DOMAIN
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_default_domain(domain: &VlanDomainId) -> bool {
    *domain == DEFAULT_DOMAIN
}

const fn no_vrf() -> VrfId {
    NO_VRF
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_no_vrf(vrf: &VrfId) -> bool {
    *vrf == NO_VRF
}

impl Profile {
    /// The digest of the content: 52 bits, which every JSON reader keeps exactly. Among 10,000 profiles the chance
    /// that two share an id is one in ten billion; `intern` notices it.
    pub(crate) fn id(&self) -> ProfileId {
        let content = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(content);
        let bytes = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        ProfileId(i64::try_from(bytes >> 12).unwrap_or(i64::MAX))
    }

    /// Makes sure that the profile is in the database. Memory is not asked: it may know a profile from a transaction
    /// that was not kept.
    pub(crate) async fn intern(&self, tx: &mut Tx) -> Result<ProfileId> {
        let id = self.id();
        let tags = serde_json::to_string(&self.tags).map_err(Error::internal)?;
        let rule = self.rule.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
        let text = "INSERT INTO block_profile
            (id, rir, region, vlan, code, asn, lir_id, tags, vrf_id, vlan_domain_id, rule, sparse)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
        let Self { rir, region, vlan, code, asn, lir, vrf, vlan_domain, .. } = self;
        let sparse = self.sparse.map(|scheme| scheme.name().to_owned());
        let values = params![id, rir, region, vlan, code, asn, lir, tags, vrf, vlan_domain, rule, sparse];
        if tx.derive(text, values).await?.0 > 0 {
            tx.signal(known::SIGNAL);
            return Ok(id);
        }
        let same = tx.memory::<Profiles>().of(tx, &[id]).await?.get(&id).is_some_and(|known| **known == *self);
        if same { Ok(id) } else { Err(Error::internal("two different profiles share an id")) }
    }
}

/// Trims, sorts and removes repetitions.
pub(crate) fn tag_set(tags: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut set: Vec<String> =
        tags.into_iter().map(|t| t.as_ref().trim().to_owned()).filter(|t| !t.is_empty()).collect();
    set.sort_unstable();
    set.dedup();
    set
}
