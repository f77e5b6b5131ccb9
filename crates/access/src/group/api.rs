//! `/usergroups` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::{GroupId, UserId};
use serde::Deserialize;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Group, GroupPatch, Member, NewGroup};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_groups, add_group))
        .routes(routes!(get_group, change_group, delete_group))
        .routes(routes!(list_members, set_members))
        .with_state(access.clone())
}

/// Who is to be in a group.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMembers {
    /// The ids of all its users.
    #[schema(value_type = Vec<i64>)]
    users: Vec<UserId>,
}

/// Lists the groups of users
#[utoipa::path(get, path = "/usergroups", params(PageQuery), responses((status = 200, body = [Group])))]
async fn list_groups(
    State(access): State<Access>,
    Caller(actor): Caller,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<Group>> {
    let (groups, more) = access.groups(&actor, paged.page).await?;
    Ok(paged.answer(groups, more))
}

/// Adds a group of users
#[utoipa::path(post, path = "/usergroups", request_body = NewGroup, responses((status = 201, body = Group)))]
async fn add_group(
    State(access): State<Access>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewGroup>,
) -> api_v2::Result<(StatusCode, Json<Group>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /usergroups", &new))).transpose()?;
    Ok((StatusCode::CREATED, Json(access.add_group(&actor, new, key).await?)))
}

/// Shows a group of users
#[utoipa::path(get, path = "/usergroups/{id}", params(("id" = i64, Path)), responses((status = 200, body = Group)))]
async fn get_group(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
) -> api_v2::Result<Json<Group>> {
    Ok(Json(access.group(&actor, id).await?))
}

/// Changes a group of users
#[utoipa::path(
    patch,
    path = "/usergroups/{id}",
    params(("id" = i64, Path)),
    request_body = GroupPatch,
    responses((status = 200, body = Group))
)]
async fn change_group(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
    Json(patch): Json<GroupPatch>,
) -> api_v2::Result<Json<Group>> {
    Ok(Json(access.change_group(&actor, id, patch).await?))
}

/// Deletes a group of users
///
/// Its permissions go with it; its users stay. The last group that makes someone an administrator can't be deleted.
#[utoipa::path(delete, path = "/usergroups/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_group(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
) -> api_v2::Result<StatusCode> {
    access.delete_group(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the users in a group
#[utoipa::path(
    get,
    path = "/usergroups/{id}/users",
    params(("id" = i64, Path, description = "The group")),
    responses((status = 200, body = [Member]))
)]
async fn list_members(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
) -> api_v2::Result<Json<Vec<Member>>> {
    Ok(Json(access.members(&actor, id).await?))
}

/// Sets the users in a group
///
/// The list replaces the users that are in the group. Nobody can change a group that gives rights which they don't
/// have themselves.
#[utoipa::path(
    put,
    path = "/usergroups/{id}/users",
    params(("id" = i64, Path, description = "The group")),
    request_body = NewMembers,
    responses((status = 200, body = [Member]))
)]
async fn set_members(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<GroupId>,
    Json(new): Json<NewMembers>,
) -> api_v2::Result<Json<Vec<Member>>> {
    Ok(Json(access.set_members(&actor, id, new.users).await?))
}
