//! `/tokens` of API v2.

use api_v2::{Caller, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::TokenId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{MadeToken, NewToken, Token};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_tokens, make_token))
        .routes(routes!(revoke_token))
        .with_state(access.clone())
}

/// Lists the tokens of the user who asks
#[utoipa::path(get, path = "/tokens", responses((status = 200, body = [Token])))]
async fn list_tokens(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<Json<Vec<Token>>> {
    Ok(Json(access.tokens(&actor).await?))
}

/// Makes a token for the user who asks
///
/// The answer is the only one that shows the token. For that reason an Idempotency-Key has no effect here: nothing is
/// kept from which the answer could be repeated. If the answer was lost, revoke the token and make another one.
#[utoipa::path(post, path = "/tokens", request_body = NewToken, responses((status = 201, body = MadeToken)))]
async fn make_token(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(new): Json<NewToken>,
) -> api_v2::Result<(StatusCode, Json<MadeToken>)> {
    Ok((StatusCode::CREATED, Json(access.make_token(&actor, new).await?)))
}

/// Revokes a token of the user who asks
#[utoipa::path(delete, path = "/tokens/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn revoke_token(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<TokenId>,
) -> api_v2::Result<StatusCode> {
    access.revoke_token(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
