//! Reading VLANs, and which blocks are in them.

use std::collections::HashMap;

use kernel::{Error, Page, ProfileId, Result, VlanDomainId, VlanId};
use store::{Query, Tx, params};

use super::{
    Vlan,
    model::{EnabledVlan, VlanQuery},
};
use crate::vlan_domain::{self, DEFAULT_DOMAIN, Domain};

/// A VLAN with its domain.
pub(super) async fn load(tx: &mut Tx, id: VlanId) -> Result<(Vlan, Domain)> {
    let missing = || Error::not_found(format!("No VLAN found with ID: {id}"));
    let vlan = tx.get::<Vlan>(id).await?.ok_or_else(missing)?;
    let domain = vlan_domain::load(tx, vlan.domain_id).await?;
    Ok((vlan, domain))
}

/// All VLANs of a domain, by number.
pub(crate) async fn of_domain(tx: &mut Tx, domain: VlanDomainId) -> Result<Vec<Vlan>> {
    tx.find("domain_id = $1 ORDER BY number", params![domain]).await
}

/// A VLAN of the domain that is not in its range, if there is one.
pub(crate) async fn beyond(tx: &mut Tx, domain: &Domain) -> Result<Option<i64>> {
    Ok(of_domain(tx, domain.id).await?.into_iter().map(|vlan| vlan.number).find(|vlan| !domain.has(*vlan)))
}

/// A part of the VLANs that fit, by domain and number, and whether there are more.
pub(super) async fn list(tx: &mut Tx, query: &VlanQuery, page: Page) -> Result<(Vec<EnabledVlan>, bool)> {
    let mut condition = Query::new("0 = 0");
    if let Some(domain) = query.domain_id {
        condition.push(" AND domain_id = ").bind(domain);
    }
    if let Some(vlan) = query.vlan {
        condition.push(" AND number = ").bind(vlan);
    }
    if let Some(name) = &query.tag {
        let domain =
            query.domain_id.ok_or_else(|| Error::invalid("tag", "needs domain_id: tags are those of a domain"))?;
        let domain = vlan_domain::load(tx, VlanDomainId(domain)).await?;
        let (first, last) = range(&domain, name)?;
        condition.push(" AND number >= ").bind(first).push(" AND number <= ").bind(last);
    }
    condition.push(" ORDER BY domain_id, number LIMIT ").bind(page.limit.saturating_add(1));
    condition.push(" OFFSET ").bind(page.offset);
    let mut vlans: Vec<Vlan> = tx.find(condition.text(), condition.params()).await?;
    let more = vlans.len() > page.limit as usize;
    vlans.truncate(page.limit as usize);
    let ids: Vec<VlanDomainId> = vlans.iter().map(|vlan| vlan.domain_id).collect();
    let domains: Vec<Domain> = if ids.is_empty() { Vec::new() } else { tx.find("id = ANY($1)", params![ids]).await? };
    let domains: HashMap<VlanDomainId, Domain> = domains.into_iter().map(|domain| (domain.id, domain)).collect();
    let shown = vlans.into_iter().filter_map(|vlan| {
        let domain = domains.get(&vlan.domain_id)?;
        Some(EnabledVlan::of(vlan, domain))
    });
    Ok((shown.collect(), more))
}

/// The first and the last VLAN of a tag.
pub(super) fn range(domain: &Domain, tag: &str) -> Result<(i64, i64)> {
    let found = domain.tags().into_iter().find(|known| known.name == tag.trim());
    let message = || format!("the domain \"{}\" has no tag \"{}\"", domain.name, crate::list::short(tag));
    found.map(|tag| (tag.first, tag.last)).ok_or_else(|| Error::invalid("tag", message()))
}

/// The profiles of blocks in a VLAN of a domain, or in any of its VLANs. The table is asked, since another node may just
/// have made one.
pub(super) async fn profiles_in(tx: &mut Tx, domain: VlanDomainId, vlan: Option<i64>) -> Result<Vec<(ProfileId, i64)>> {
    let mut query = Query::new("SELECT id, vlan FROM block_profile WHERE vlan IS NOT NULL AND vlan_domain_id = ");
    query.bind(domain);
    if let Some(vlan) = vlan {
        query.push(" AND vlan = ").bind(vlan);
    }
    let rows = tx.rows(query.text(), query.params()).await?;
    rows.into_iter().map(|mut row| Ok((row.take(0)?, row.take(1)?))).collect()
}

/// Refuses when a block is in this VLAN of the domain, or in any of its VLANs.
pub(crate) async fn refuse_used(tx: &mut Tx, domain: VlanDomainId, vlan: Option<i64>) -> Result<()> {
    let profiles: Vec<ProfileId> = profiles_in(tx, domain, vlan).await?.into_iter().map(|(id, _)| id).collect();
    if profiles.is_empty() {
        return Ok(());
    }
    let text = "SELECT COUNT(*) FROM block WHERE profile_id = ANY($1)";
    let used: i64 = tx.scalar(text, params![profiles]).await?.unwrap_or(0);
    if used == 0 {
        return Ok(());
    }
    let what = vlan.map_or_else(|| "VLANs of this domain".to_owned(), |vlan| format!("VLAN {vlan} of this domain"));
    Err(Error::conflict_of("id", format!("{used} blocks are in {what}; take them out of it first")))
}

/// Refuses a VLAN that a block can't be in: in any domain but the default one, it must be enabled.
pub(crate) async fn refuse_unknown(tx: &mut Tx, domain: VlanDomainId, vlan: Option<i64>) -> Result<()> {
    if domain == DEFAULT_DOMAIN {
        return Ok(());
    }
    let missing = |_| Error::invalid("vlan_domain_id", format!("No VLAN domain found with ID: {domain}"));
    let found = vlan_domain::load(tx, domain).await.map_err(missing)?;
    let vlan = vlan.ok_or_else(|| Error::invalid("vlan_domain_id", "needs a VLAN: give vlan_id with it"))?;
    let enabled = tx.find::<Vlan>("domain_id = $1 AND number = $2", params![domain, vlan]).await?;
    if enabled.is_empty() {
        let message = format!("VLAN {vlan} is not enabled in the domain \"{}\"; enable it first", found.name);
        return Err(Error::invalid("vlan_id", message));
    }
    Ok(())
}
