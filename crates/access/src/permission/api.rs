//! `/usergroups/{id}/permissions` of API v2.

use api_v2::{Caller, Json, Path, Routes};
use axum::extract::State;
use kernel::GroupId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Permission;
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new().routes(routes!(list_permissions, set_permissions)).with_state(access.clone())
}

/// Lists the permissions of a group
#[utoipa::path(
    get,
    path = "/usergroups/{id}/permissions",
    params(("id" = i64, Path, description = "The group")),
    responses((status = 200, body = [Permission]))
)]
async fn list_permissions(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
) -> api_v2::Result<Json<Vec<Permission>>> {
    Ok(Json(access.permissions(&actor, id).await?))
}

/// Sets the permissions of a group
///
/// The list replaces the permissions that the group has. Nobody can change a group that has, or is to get, rights
/// which they don't have themselves.
#[utoipa::path(
    put,
    path = "/usergroups/{id}/permissions",
    params(("id" = i64, Path, description = "The group")),
    request_body = [Permission],
    responses((status = 200, body = [Permission]))
)]
async fn set_permissions(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
    Json(permissions): Json<Vec<Permission>>,
) -> api_v2::Result<Json<Vec<Permission>>> {
    Ok(Json(access.set_permissions(&actor, id, &permissions).await?))
}
