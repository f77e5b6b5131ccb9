//! `/oidc_providers` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewOidcProvider, OidcProvider, OidcProviderPatch};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_oidc_providers, add_oidc_provider))
        .routes(routes!(get_oidc_provider, change_oidc_provider, delete_oidc_provider))
        .with_state(access.clone())
}

/// Lists the OpenID Connect providers
#[utoipa::path(get, path = "/oidc_providers", responses((status = 200, body = [OidcProvider])))]
async fn list_oidc_providers(
    State(access): State<Access>,
    Caller(actor): Caller,
) -> api_v2::Result<Json<Vec<OidcProvider>>> {
    Ok(Json(access.oidc_providers(&actor).await?))
}

/// Adds an OpenID Connect provider
///
/// Only administrators may do so. With an Idempotency-Key the secret is not compared: the same key with another secret is
/// the same request.
#[utoipa::path(
    post,
    path = "/oidc_providers",
    request_body = NewOidcProvider,
    responses((status = 201, body = OidcProvider))
)]
async fn add_oidc_provider(
    State(access): State<Access>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewOidcProvider>,
) -> api_v2::Result<(StatusCode, Json<OidcProvider>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /oidc_providers", &new))).transpose()?;
    Ok((StatusCode::CREATED, Json(access.add_oidc_provider(&actor, new, key).await?)))
}

/// Shows an OpenID Connect provider
#[utoipa::path(
    get,
    path = "/oidc_providers/{id}",
    params(("id" = i64, Path)),
    responses((status = 200, body = OidcProvider))
)]
async fn get_oidc_provider(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> api_v2::Result<Json<OidcProvider>> {
    Ok(Json(access.oidc_provider(&actor, id).await?))
}

/// Changes an OpenID Connect provider
///
/// Only administrators may do so. Name and issuer stay: for another issuer add another provider.
#[utoipa::path(
    patch,
    path = "/oidc_providers/{id}",
    params(("id" = i64, Path)),
    request_body = OidcProviderPatch,
    responses((status = 200, body = OidcProvider))
)]
async fn change_oidc_provider(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Json(patch): Json<OidcProviderPatch>,
) -> api_v2::Result<Json<OidcProvider>> {
    Ok(Json(access.change_oidc_provider(&actor, id, patch).await?))
}

/// Deletes an OpenID Connect provider
///
/// And the identities of users there; the users stay. Only administrators may do so.
#[utoipa::path(delete, path = "/oidc_providers/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_oidc_provider(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> api_v2::Result<StatusCode> {
    access.delete_oidc_provider(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
