//! VLANs in API v2, below `/ipam/vlans`.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::{Family, VlanDomainId, VlanId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    add::AddVlan,
    change::ChangeVlan,
    delete::DeleteVlan,
    model::{EnabledVlan, NewVlan, VlanPatch, VlanQuery},
    read,
    utilization::utilization,
};
use crate::{Ipam, block::api::key, report::api::Usage, vlan_domain};

/// The operations on VLANs.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_vlans, add_vlan))
        .routes(routes!(get_vlan, update_vlan, delete_vlan))
        .routes(routes!(get_vlan_domain_utilization))
        .with_state(ipam.clone())
}

/// List the VLANs
///
/// Those that are enabled in domains, by domain and number.
#[utoipa::path(get, path = "/ipam/vlans", tag = "IPAM", params(VlanQuery, PageQuery),
    responses((status = 200, body = [EnabledVlan])))]
async fn list_vlans(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    paged: Paged<VlanQuery>,
) -> Result<Listed<EnabledVlan>> {
    let mut tx = ipam.db.read(&actor).await?;
    let (vlans, more) = read::list(&mut tx, &paged.query, paged.page).await?;
    Ok(paged.answer(vlans, more))
}

/// Enable a VLAN in a domain
///
/// The one that is named, or the lowest that is free. Only an administrator may enable VLANs.
#[utoipa::path(post, path = "/ipam/vlans", tag = "IPAM", request_body = NewVlan,
    responses((status = 201, body = EnabledVlan)))]
async fn add_vlan(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewVlan>,
) -> Result<(StatusCode, Json<EnabledVlan>)> {
    let key = key(once, &("add_vlan", &new))?;
    Ok((StatusCode::CREATED, Json(ipam.db.write(&actor, AddVlan { new, key }).await?.into())))
}

/// Get a VLAN
#[utoipa::path(get, path = "/ipam/vlans/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 200, body = EnabledVlan)))]
async fn get_vlan(State(ipam): State<Ipam>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<EnabledVlan>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(read::load(&mut tx, VlanId(id)).await?.into()))
}

/// Change a VLAN
#[utoipa::path(patch, path = "/ipam/vlans/{id}", tag = "IPAM", request_body = VlanPatch,
    params(("id" = i64, Path, description = "Its id")), responses((status = 200, body = EnabledVlan)))]
async fn update_vlan(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
    Json(patch): Json<VlanPatch>,
) -> Result<Json<EnabledVlan>> {
    let key = key(once, &("update_vlan", id, &patch))?;
    Ok(Json(ipam.db.write(&actor, ChangeVlan { id: VlanId(id), patch, key }).await?.into()))
}

/// Disable a VLAN in its domain
///
/// Refused while a block is in it, but in the default domain, where blocks may be in VLANs that are not enabled.
#[utoipa::path(delete, path = "/ipam/vlans/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 204)))]
async fn delete_vlan(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
) -> Result<StatusCode> {
    let key = key(once, &("delete_vlan", id))?;
    ipam.db.write(&actor, DeleteVlan { id: VlanId(id), key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How much space is in a VLAN
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VlanUtilization {
    /// The domain.
    #[schema(value_type = i64)]
    domain_id: VlanDomainId,
    /// The VLAN.
    #[schema(example = 104)]
    vlan: i64,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "ipv4")]
    family: Family,
    /// By state.
    usage: Usage,
}

/// Get the utilisation of the VLANs of a domain
///
/// One entry for each VLAN and family of which there are blocks that the caller may see.
#[utoipa::path(get, path = "/ipam/vlan_domains/{id}/utilization", tag = "IPAM",
    params(("id" = i64, Path, description = "The id of the domain")),
    responses((status = 200, body = [VlanUtilization])))]
async fn get_vlan_domain_utilization(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> Result<Json<Vec<VlanUtilization>>> {
    let mut tx = ipam.db.read(&actor).await?;
    let domain_id = vlan_domain::load(&mut tx, VlanDomainId(id)).await?.id;
    let sums = utilization(&mut tx, domain_id).await?;
    let shown = sums.into_iter().map(|((vlan, family), sums)| {
        let usage = Usage::of(family, sums);
        VlanUtilization { domain_id, vlan, family, usage }
    });
    Ok(Json(shown.collect()))
}
