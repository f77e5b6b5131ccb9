//! `/users` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::UserId;
use serde::Deserialize;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Me, NewUser, User, UserPatch};
use crate::{Access, group::GroupName, hidden::Hidden};

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_users, add_user))
        .routes(routes!(get_me))
        .routes(routes!(change_my_password))
        .routes(routes!(get_user, change_user, delete_user))
        .routes(routes!(list_groups_of_user))
        .with_state(access.clone())
}

/// Which users are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct UserQuery {
    /// What the name must contain, in any case.
    q: Option<String>,
}

/// A change of one's own password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password that counts until now.
    #[schema(value_type = String, format = Password)]
    current_password: Hidden<String>,
    /// The password that counts from now on: at least 12 characters.
    #[schema(value_type = String, format = Password, min_length = 12)]
    new_password: Hidden<String>,
}

/// Lists the users
#[utoipa::path(get, path = "/users", params(UserQuery, PageQuery), responses((status = 200, body = [User])))]
async fn list_users(
    State(access): State<Access>,
    Caller(actor): Caller,
    paged: Paged<UserQuery>,
) -> api_v2::Result<Listed<User>> {
    let (users, more) = access.users(&actor, paged.query.q.as_deref(), paged.page).await?;
    Ok(paged.answer(users, more))
}

/// Adds a user
///
/// The user is in no group yet, and so may do nothing. With an Idempotency-Key the password is not compared: the same
/// key with another password is the same request.
#[utoipa::path(post, path = "/users", request_body = NewUser, responses((status = 201, body = User)))]
async fn add_user(
    State(access): State<Access>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewUser>,
) -> api_v2::Result<(StatusCode, Json<User>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /users", &new))).transpose()?;
    Ok((StatusCode::CREATED, Json(access.add_user(&actor, new, key).await?)))
}

/// Shows the user who asks
///
/// With the groups that they are in, and their rights on the top-level resource.
#[utoipa::path(get, path = "/users/me", responses((status = 200, body = Me)))]
async fn get_me(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<Json<Me>> {
    Ok(Json(access.me(&actor).await?))
}

/// Changes the password of the user who asks
#[utoipa::path(put, path = "/users/me/password", request_body = NewPassword, responses((status = 204)))]
async fn change_my_password(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(new): Json<NewPassword>,
) -> api_v2::Result<StatusCode> {
    access.change_password(&actor, new.current_password, new.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a user
#[utoipa::path(get, path = "/users/{id}", params(("id" = i64, Path)), responses((status = 200, body = User)))]
async fn get_user(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
) -> api_v2::Result<Json<User>> {
    Ok(Json(access.user(&actor, id).await?))
}

/// Changes a user
///
/// Nobody can change a user who has rights which they don't have themselves. The last administrator can't be disabled.
#[utoipa::path(
    patch,
    path = "/users/{id}",
    params(("id" = i64, Path)),
    request_body = UserPatch,
    responses((status = 200, body = User))
)]
async fn change_user(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
    Json(patch): Json<UserPatch>,
) -> api_v2::Result<Json<User>> {
    Ok(Json(access.change_user(&actor, id, patch).await?))
}

/// Deletes a user
///
/// The user's tokens and API key go with them. The last administrator can't be deleted.
#[utoipa::path(delete, path = "/users/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_user(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
) -> api_v2::Result<StatusCode> {
    access.delete_user(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the groups that a user is in
///
/// For those who may read users; everyone may ask about themselves.
#[utoipa::path(
    get,
    path = "/users/{id}/groups",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 200, body = [GroupName]))
)]
async fn list_groups_of_user(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
) -> api_v2::Result<Json<Vec<GroupName>>> {
    Ok(Json(access.user(&actor, id).await?.groups))
}
