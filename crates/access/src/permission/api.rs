//! `/usergroups/{id}/permissions` and `/users/{id}/permissions` of API v2.

use api_v2::{Caller, Json, Path, Query, Routes};
use axum::extract::State;
use kernel::{GroupId, ResourceId, UserId};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Explanation, Permission};
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

/// The routes about one user, which belong to the family of users.
pub(crate) fn routes_of_users(access: &Access) -> Routes {
    OpenApiRouter::new().routes(routes!(explain)).with_state(access.clone())
}

/// On which resource.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    /// The resource; the top-level resource when it is left out.
    #[param(value_type = Option<i64>, example = 70)]
    resource_id: Option<ResourceId>,
}

/// Explains what a user may do
///
/// With a resource, and why: for each right the groups and the entries that give it, and those nearer to the resource
/// that take it away. For those who may read users; everyone may ask about themselves.
#[utoipa::path(
    get,
    path = "/users/{id}/permissions",
    params(("id" = i64, Path, description = "The user"), ExplainQuery),
    responses((status = 200, body = Explanation))
)]
async fn explain(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
    Query(query): Query<ExplainQuery>,
) -> api_v2::Result<Json<Explanation>> {
    Ok(Json(access.explain(&actor, id, query.resource_id.unwrap_or(ResourceId::TOP)).await?))
}
