//! `/users/{id}/identities` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::UserId;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ExternalIdentity, NewExternalIdentity};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_identities, add_identity))
        .routes(routes!(delete_identity))
        .with_state(access.clone())
}

/// Lists as whom providers know a user
#[utoipa::path(
    get,
    path = "/users/{id}/identities",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 200, body = [ExternalIdentity]))
)]
async fn list_identities(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
) -> api_v2::Result<Json<Vec<ExternalIdentity>>> {
    Ok(Json(access.identities(&actor, of).await?))
}

/// Says that somebody at a provider is a user
///
/// From then on the user signs in there as well. Nobody can say so of a user who has rights which they don't have
/// themselves.
#[utoipa::path(
    post,
    path = "/users/{id}/identities",
    params(("id" = i64, Path, description = "The user")),
    request_body = NewExternalIdentity,
    responses((status = 201, body = ExternalIdentity))
)]
async fn add_identity(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewExternalIdentity>,
) -> api_v2::Result<(StatusCode, Json<ExternalIdentity>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /users/identities", of, &new))).transpose()?;
    Ok((StatusCode::CREATED, Json(access.add_identity(&actor, of, new, key).await?)))
}

/// Takes back that somebody at a provider is a user
#[utoipa::path(
    delete,
    path = "/users/{id}/identities/{identity}",
    params(("id" = i64, Path, description = "The user"), ("identity" = i64, Path, description = "The identity")),
    responses((status = 204))
)]
async fn delete_identity(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path((of, id)): Path<(UserId, i64)>,
) -> api_v2::Result<StatusCode> {
    access.delete_identity(&actor, of, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
