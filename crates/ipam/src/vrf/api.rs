//! VRFs in API v2, below `/ipam/vrfs`.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::VrfId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    add::AddVrf,
    change::ChangeVrf,
    delete::DeleteVrf,
    model::{IpamVrf, NewVrf, VrfPatch},
    read,
};
use crate::{Ipam, block::api::key};

/// The operations on VRFs.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_vrfs, add_vrf))
        .routes(routes!(get_vrf, update_vrf, delete_vrf))
        .with_state(ipam.clone())
}

/// List the VRFs
#[utoipa::path(get, path = "/ipam/vrfs", tag = "IPAM", params(PageQuery),
    responses((status = 200, body = [IpamVrf])))]
async fn list_vrfs(State(ipam): State<Ipam>, Caller(actor): Caller, paged: Paged<NoFilter>) -> Result<Listed<IpamVrf>> {
    let mut tx = ipam.db.read(&actor).await?;
    let (vrfs, more) = read::list(&mut tx, paged.page).await?;
    Ok(paged.answer(vrfs.into_iter().map(IpamVrf::from).collect(), more))
}

/// Add a VRF
///
/// Only an administrator may add VRFs.
#[utoipa::path(post, path = "/ipam/vrfs", tag = "IPAM", request_body = NewVrf,
    responses((status = 201, body = IpamVrf)))]
async fn add_vrf(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewVrf>,
) -> Result<(StatusCode, Json<IpamVrf>)> {
    let key = key(once, &("add_vrf", &new))?;
    Ok((StatusCode::CREATED, Json(ipam.db.write(&actor, AddVrf { new, key }).await?.into())))
}

/// Get a VRF
#[utoipa::path(get, path = "/ipam/vrfs/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 200, body = IpamVrf)))]
async fn get_vrf(State(ipam): State<Ipam>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<IpamVrf>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(read::load(&mut tx, VrfId(id)).await?.into()))
}

/// Change a VRF
#[utoipa::path(patch, path = "/ipam/vrfs/{id}", tag = "IPAM", request_body = VrfPatch,
    params(("id" = i64, Path, description = "Its id")), responses((status = 200, body = IpamVrf)))]
async fn update_vrf(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
    Json(patch): Json<VrfPatch>,
) -> Result<Json<IpamVrf>> {
    let key = key(once, &("update_vrf", id, &patch))?;
    Ok(Json(ipam.db.write(&actor, ChangeVrf { id: VrfId(id), patch, key }).await?.into()))
}

/// Delete a VRF
///
/// Refused while there is an aggregate in it; "No VRF" can't be deleted.
#[utoipa::path(delete, path = "/ipam/vrfs/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 204)))]
async fn delete_vrf(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
) -> Result<StatusCode> {
    let key = key(once, &("delete_vrf", id))?;
    ipam.db.write(&actor, DeleteVrf { id: VrfId(id), key }).await?;
    Ok(StatusCode::NO_CONTENT)
}
