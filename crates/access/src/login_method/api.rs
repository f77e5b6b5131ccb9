//! `/login_methods` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::LoginMethodId;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{LoginMethod, LoginMethodPatch, LoginTest, LoginTried, NewLoginMethod};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_login_methods, add_login_method))
        .routes(routes!(get_login_method, change_login_method, delete_login_method))
        .routes(routes!(try_login_method))
        .with_state(access.clone())
}

/// Lists the login methods
///
/// In the order in which they are asked. Login methods are a matter of administrators.
#[utoipa::path(get, path = "/login_methods", responses((status = 200, body = [LoginMethod])))]
async fn list_login_methods(
    State(access): State<Access>,
    Caller(actor): Caller,
) -> api_v2::Result<Json<Vec<LoginMethod>>> {
    Ok(Json(access.login_methods(&actor).await?))
}

/// Adds a login method
///
/// With an Idempotency-Key the secret is not compared: the same key with another secret is the same request.
#[utoipa::path(
    post,
    path = "/login_methods",
    request_body = NewLoginMethod,
    responses((status = 201, body = LoginMethod))
)]
async fn add_login_method(
    State(access): State<Access>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewLoginMethod>,
) -> api_v2::Result<(StatusCode, Json<LoginMethod>)> {
    let compared = ("POST /login_methods", &new.name, &new.settings, &new.groups);
    let key = key.map(|key| RequestKey::new(key, &compared)).transpose()?;
    Ok((StatusCode::CREATED, Json(access.add_login_method(&actor, new, key).await?)))
}

/// Shows a login method
#[utoipa::path(
    get,
    path = "/login_methods/{id}",
    params(("id" = i64, Path)),
    responses((status = 200, body = LoginMethod))
)]
async fn get_login_method(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<LoginMethodId>,
) -> api_v2::Result<Json<LoginMethod>> {
    Ok(Json(access.login_method(&actor, id).await?))
}

/// Changes a login method
#[utoipa::path(
    patch,
    path = "/login_methods/{id}",
    params(("id" = i64, Path)),
    request_body = LoginMethodPatch,
    responses((status = 200, body = LoginMethod))
)]
async fn change_login_method(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<LoginMethodId>,
    Json(patch): Json<LoginMethodPatch>,
) -> api_v2::Result<Json<LoginMethod>> {
    Ok(Json(access.change_login_method(&actor, id, patch).await?))
}

/// Deletes a login method
///
/// The users who signed in by it stay, and their sessions end. Each of them signs in again once they have a local
/// password.
#[utoipa::path(delete, path = "/login_methods/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_login_method(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<LoginMethodId>,
) -> api_v2::Result<StatusCode> {
    access.delete_login_method(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries a login method
///
/// Asks its server about a name and a password, and shows what it says. Nobody is signed in, and no user is made.
#[utoipa::path(
    post,
    path = "/login_methods/{id}/test",
    params(("id" = i64, Path)),
    request_body = LoginTest,
    responses((status = 200, body = LoginTried))
)]
async fn try_login_method(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<LoginMethodId>,
    Json(test): Json<LoginTest>,
) -> api_v2::Result<Json<LoginTried>> {
    Ok(Json(access.try_login_method(&actor, id, &test).await?))
}
