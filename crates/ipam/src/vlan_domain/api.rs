//! VLAN domains in API v2, below `/ipam/vlan_domains`.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::VlanDomainId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    add::AddDomain,
    change::ChangeDomain,
    delete::DeleteDomain,
    load,
    model::{NewVlanDomain, VlanDomain, VlanDomainPatch},
    read,
};
use crate::{Ipam, block::api::key};

/// The operations on VLAN domains.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_vlan_domains, add_vlan_domain))
        .routes(routes!(get_vlan_domain, update_vlan_domain, delete_vlan_domain))
        .with_state(ipam.clone())
}

/// List the VLAN domains
#[utoipa::path(get, path = "/ipam/vlan_domains", tag = "IPAM", params(PageQuery),
    responses((status = 200, body = [VlanDomain])))]
async fn list_vlan_domains(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    paged: Paged<NoFilter>,
) -> Result<Listed<VlanDomain>> {
    let mut tx = ipam.db.read(&actor).await?;
    let (domains, more) = read::list(&mut tx, paged.page).await?;
    Ok(paged.answer(domains.into_iter().map(VlanDomain::from).collect(), more))
}

/// Add a VLAN domain
///
/// Only an administrator may add domains.
#[utoipa::path(post, path = "/ipam/vlan_domains", tag = "IPAM", request_body = NewVlanDomain,
    responses((status = 201, body = VlanDomain)))]
async fn add_vlan_domain(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewVlanDomain>,
) -> Result<(StatusCode, Json<VlanDomain>)> {
    let key = key(once, &("add_vlan_domain", &new))?;
    let domain = ipam.db.write(&actor, AddDomain { new, key }).await?;
    Ok((StatusCode::CREATED, Json(domain.into())))
}

/// Get a VLAN domain
#[utoipa::path(get, path = "/ipam/vlan_domains/{id}", tag = "IPAM",
    params(("id" = i64, Path, description = "Its id")), responses((status = 200, body = VlanDomain)))]
async fn get_vlan_domain(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> Result<Json<VlanDomain>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(load(&mut tx, VlanDomainId(id)).await?.into()))
}

/// Change a VLAN domain
#[utoipa::path(patch, path = "/ipam/vlan_domains/{id}", tag = "IPAM", request_body = VlanDomainPatch,
    params(("id" = i64, Path, description = "Its id")), responses((status = 200, body = VlanDomain)))]
async fn update_vlan_domain(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
    Json(patch): Json<VlanDomainPatch>,
) -> Result<Json<VlanDomain>> {
    let key = key(once, &("update_vlan_domain", id, &patch))?;
    Ok(Json(ipam.db.write(&actor, ChangeDomain { id: VlanDomainId(id), patch, key }).await?.into()))
}

/// Delete a VLAN domain
///
/// Together with its VLANs. Refused while a block is in one of them; the default domain can't be deleted.
#[utoipa::path(delete, path = "/ipam/vlan_domains/{id}", tag = "IPAM",
    params(("id" = i64, Path, description = "Its id")), responses((status = 204)))]
async fn delete_vlan_domain(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
) -> Result<StatusCode> {
    let key = key(once, &("delete_vlan_domain", id))?;
    ipam.db.write(&actor, DeleteDomain { id: VlanDomainId(id), key }).await?;
    Ok(StatusCode::NO_CONTENT)
}
