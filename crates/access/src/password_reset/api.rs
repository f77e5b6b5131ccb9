//! `/password_resets` of API v2. Whoever needs it can't sign in, so nobody has to.

use api_v2::{Json, Routes};
use axum::{Extension, extract::State, http::StatusCode};
use kernel::RequestId;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::ResetRequest;
use crate::{Access, Peer, hidden::Hidden};

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new().routes(routes!(ask_for_password, set_password_by_token)).with_state(access.clone())
}

/// The answer to everyone who asks for a new password.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ResetAsked {
    /// What happens now.
    #[schema(example = "If there is such a user, enabled and with an address, a mail is on its way.")]
    message: &'static str,
}

/// A new password, and what allows to set it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "pbr_5q4x...", "new_password": "six words that nobody else knows"}))]
struct NewPasswordByToken {
    /// The token that was mailed.
    #[schema(value_type = String, format = Password)]
    token: Hidden<String>,
    /// The password that counts from now on: at least 12 characters.
    #[schema(value_type = String, format = Password, min_length = 12)]
    new_password: Hidden<String>,
}

/// Asks for a new password by mail
///
/// Without signing in. The answer is the same whether or not there is such a user. At most 5 times a minute from one
/// address; a user gets at most 3 mails an hour. 404 when this server does not send mail. An Idempotency-Key has no effect
/// here.
#[utoipa::path(
    post,
    path = "/password_resets",
    security(()),
    request_body = ResetRequest,
    responses((status = 202, body = ResetAsked))
)]
async fn ask_for_password(
    State(access): State<Access>,
    peer: Option<Extension<Peer>>,
    request: Option<Extension<RequestId>>,
    Json(who): Json<ResetRequest>,
) -> api_v2::Result<(StatusCode, Json<ResetAsked>)> {
    access.ask_for_password(&who, peer.map(|Extension(peer)| peer.address), id(request)).await?;
    let message = "If there is such a user, enabled and with an address, a mail is on its way.";
    Ok((StatusCode::ACCEPTED, Json(ResetAsked { message })))
}

/// Sets a new password with the token that was mailed
///
/// Without signing in. A token is good for an hour, and once.
#[utoipa::path(
    put,
    path = "/password_resets",
    security(()),
    request_body = NewPasswordByToken,
    responses((status = 204))
)]
async fn set_password_by_token(
    State(access): State<Access>,
    request: Option<Extension<RequestId>>,
    Json(new): Json<NewPasswordByToken>,
) -> api_v2::Result<StatusCode> {
    access.set_password_by_token(new.token, new.new_password, id(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(request: Option<Extension<RequestId>>) -> RequestId {
    request.map_or_else(|| RequestId("password reset".into()), |Extension(id)| id)
}
