//! `/users/{id}/api_key` of API v2.

use api_v2::{Caller, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::UserId;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::ApiKey;
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new().routes(routes!(make_api_key, delete_api_key)).with_state(access.clone())
}

/// A key for signed requests of API v1.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(example = json!({"api_key": "32-5DAYTJQY2TZHOFOB", "secret": "48b278ec873bda4738923dbc467f8669"}))]
struct MadeApiKey {
    /// The value of the parameter `apiKey`.
    api_key: String,
    /// What signs the requests. It can't be shown again.
    secret: String,
}

impl From<ApiKey> for MadeApiKey {
    fn from(ApiKey { api_key, secret }: ApiKey) -> Self {
        Self { api_key, secret: secret.0 }
    }
}

/// Makes the API key of a user
///
/// By it they sign requests of API v1. It takes the place of the one that is there, which is refused from then on. The
/// answer is the only one that shows the secret; for that reason an Idempotency-Key has no effect here. Everyone may do
/// this for themselves, but not with a token that is limited; for others, who may change them.
#[utoipa::path(
    post,
    path = "/users/{id}/api_key",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 201, body = MadeApiKey))
)]
async fn make_api_key(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
) -> api_v2::Result<(StatusCode, Json<MadeApiKey>)> {
    Ok((StatusCode::CREATED, Json(access.make_api_key_of(&actor, id).await?.into())))
}

/// Takes the API key of a user away
#[utoipa::path(
    delete,
    path = "/users/{id}/api_key",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 204))
)]
async fn delete_api_key(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<UserId>,
) -> api_v2::Result<StatusCode> {
    access.delete_api_key(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
