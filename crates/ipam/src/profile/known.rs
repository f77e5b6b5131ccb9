//! Profiles in memory. They never change, so what was read once stays right.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use kernel::{Error, ProfileId, Result};
use store::{Cached, Row, Tx, params};

use super::Profile;
use crate::space::Scheme;

/// All profiles that this process has met.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    known: RwLock<HashMap<ProfileId, Arc<Profile>>>,
    all: Cached<Listed>,
}

/// Profiles with their ids.
pub(crate) type Listed = Vec<(ProfileId, Arc<Profile>)>;

/// Signalled when there is a new profile.
pub(super) const SIGNAL: &str = "ipam.profiles";

const SELECT: &str = "SELECT id, rir, region, vlan, code, asn, lir_id, tags, vrf_id, vlan_domain_id, rule, sparse
    FROM block_profile";

impl Profiles {
    /// The profiles with these ids; those that do not exist are missing from the answer.
    pub(crate) async fn of(&self, tx: &mut Tx, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Arc<Profile>>> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                match known.get(id) {
                    Some(profile) => _ = found.insert(*id, profile.clone()),
                    None => missing.push(*id),
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        missing.sort_unstable();
        missing.dedup();
        let rows = tx.rows(&format!("{SELECT} WHERE id = ANY($1)"), params![missing]).await?;
        found.extend(self.learn(rows)?);
        Ok(found)
    }

    /// All profiles in the database.
    pub(crate) async fn all(&self, tx: &mut Tx) -> Result<Arc<Listed>> {
        let generation = tx.generation(SIGNAL);
        if let Some(all) = self.all.fresh(generation) {
            return Ok(all);
        }
        let rows = tx.rows(SELECT, &[]).await?;
        let all = self.learn(rows)?;
        Ok(self.all.keep(generation, all))
    }

    fn learn(&self, rows: Vec<Row>) -> Result<Listed> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        rows.into_iter()
            .map(|mut row| {
                let id: ProfileId = row.take(0)?;
                let profile = match known.get(&id) {
                    Some(profile) => profile.clone(),
                    None => Arc::new(Profile {
                        rir: row.take(1)?,
                        region: row.take(2)?,
                        vlan: row.take(3)?,
                        code: row.take(4)?,
                        asn: row.take(5)?,
                        lir: row.take(6)?,
                        tags: serde_json::from_str(&row.take::<String>(7)?).map_err(Error::internal)?,
                        vrf: row.take(8)?,
                        vlan_domain: row.take(9)?,
                        rule: row
                            .take::<Option<String>>(10)?
                            .map(|rule| serde_json::from_str(&rule))
                            .transpose()
                            .map_err(Error::internal)?,
                        sparse: row.take::<Option<String>>(11)?.as_deref().and_then(Scheme::from_name),
                    }),
                };
                known.insert(id, profile.clone());
                Ok((id, profile))
            })
            .collect()
    }
}
