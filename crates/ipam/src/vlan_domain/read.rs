//! Reading VLAN domains.

use kernel::{Error, Page, Result, VlanDomainId};
use store::{Tx, params};

use super::Domain;

/// A domain.
pub(crate) async fn load(tx: &mut Tx, id: VlanDomainId) -> Result<Domain> {
    tx.get::<Domain>(id).await?.ok_or_else(|| Error::not_found(format!("No VLAN domain found with ID: {id}")))
}

/// A part of the domains, by name, and whether there are more.
pub(super) async fn list(tx: &mut Tx, page: Page) -> Result<(Vec<Domain>, bool)> {
    let values = params![page.limit.saturating_add(1), page.offset];
    let mut domains: Vec<Domain> = tx.find("0 = 0 ORDER BY name, id LIMIT $1 OFFSET $2", values).await?;
    let more = domains.len() > page.limit as usize;
    domains.truncate(page.limit as usize);
    Ok((domains, more))
}
