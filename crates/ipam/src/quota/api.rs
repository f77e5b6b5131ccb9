//! `/usergroups/{id}/quotas` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::GroupId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AddQuota, ChangeQuota, DeleteQuota, NewQuota, Quota, QuotaPatch, read};
use crate::{Ipam, block::api::key};

/// The operations on quotas.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_quotas, add_quota))
        .routes(routes!(change_quota, delete_quota))
        .with_state(ipam.clone())
}

/// List the quotas of a group
///
/// With what is held. For those who may read users; whoever administers a resource sees the quotas there.
#[utoipa::path(get, path = "/usergroups/{id}/quotas", params(("id" = i64, Path, description = "The group")),
    responses((status = 200, body = [Quota])))]
async fn list_quotas(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(group): Path<GroupId>,
) -> Result<Json<Vec<Quota>>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(read::list(&mut tx, group).await?))
}

/// Add a quota to a group
///
/// No change by a member of the group may take what is held at or below the resource beyond it. It counts what is held
/// there by whomever: addresses, /64s of IPv6, or blocks of one mask. A member of several groups is held to all their
/// quotas. Needs permissionAdmin on the resource.
#[utoipa::path(post, path = "/usergroups/{id}/quotas", params(("id" = i64, Path, description = "The group")),
    request_body = NewQuota, responses((status = 201, body = Quota)))]
async fn add_quota(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Path(group): Path<GroupId>,
    Json(new): Json<NewQuota>,
) -> Result<(StatusCode, Json<Quota>)> {
    let key = key(once, &("add_quota", group, &new))?;
    Ok((StatusCode::CREATED, Json(ipam.db.write(&actor, AddQuota { group, new, key }).await?)))
}

/// Change a quota of a group
///
/// Needs permissionAdmin on its resource. It may be less than what is held: then nothing more comes.
#[utoipa::path(patch, path = "/usergroups/{id}/quotas/{quota_id}",
    params(("id" = i64, Path, description = "The group"), ("quota_id" = i64, Path, description = "The quota")),
    request_body = QuotaPatch, responses((status = 200, body = Quota)))]
async fn change_quota(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path((group, id)): Path<(GroupId, i64)>,
    Json(patch): Json<QuotaPatch>,
) -> Result<Json<Quota>> {
    Ok(Json(ipam.db.write(&actor, ChangeQuota { group, id, patch }).await?))
}

/// Delete a quota of a group
///
/// Needs permissionAdmin on its resource.
#[utoipa::path(delete, path = "/usergroups/{id}/quotas/{quota_id}",
    params(("id" = i64, Path, description = "The group"), ("quota_id" = i64, Path, description = "The quota")),
    responses((status = 204)))]
async fn delete_quota(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path((group, id)): Path<(GroupId, i64)>,
) -> Result<StatusCode> {
    ipam.db.write(&actor, DeleteQuota { group, id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
