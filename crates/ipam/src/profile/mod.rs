//! Profiles: the attributes by which blocks are chosen (registry, region, VLAN, code, ASN, LIR, tags), interned.
//!
//! Millions of blocks share a few hundred or thousand profiles, so a filter is resolved against the profiles once and
//! then only compares ids; a block's row holds one number.

mod known;
mod matching;

use kernel::{Asn, Error, LirId, ProfileId, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{Tx, params};

pub(crate) use known::Profiles;
pub(crate) use matching::{Criteria, TagsMode};

/// One set of attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
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
        let text = "INSERT INTO block_profile (id, rir, region, vlan, code, asn, lir_id, tags)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
        let values = params![id, self.rir, self.region, self.vlan, self.code, self.asn, self.lir, tags];
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
