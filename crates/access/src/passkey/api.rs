//! `/passkeys` of API v2, and signing in with one.

use api_v2::{Caller, Json, Path, Routes};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::PasskeyId;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewPasskey, Passkey, PasskeyAnswer, PasskeyChallenge, PasskeyPatch};
use crate::{
    Access,
    hidden::Hidden,
    session::{CurrentSession, OpenSession, SignedIn, Visit, challenge, signed_in},
};

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_passkeys, register_passkey))
        .routes(routes!(begin_passkey))
        .routes(routes!(change_passkey, delete_passkey))
        .routes(routes!(ask_passkeys))
        .routes(routes!(sign_in_with_passkey))
        .with_state(access.clone())
}

/// A sign-in that a passkey is to end.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pending": "AVt3..."}))]
struct PasskeyQuestion {
    /// The `pending` of a sign-in that waits for its second factor; left out, the passkey is all that is shown.
    #[schema(value_type = Option<String>)]
    pending: Option<Hidden<String>>,
}

/// Lists the passkeys of the user who asks
#[utoipa::path(get, path = "/passkeys", responses((status = 200, body = [Passkey])))]
async fn list_passkeys(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<Json<Vec<Passkey>>> {
    Ok(Json(access.passkeys(&actor).await?))
}

/// Begins to register a passkey
///
/// For a page in a browser whose user has signed in within the last ten minutes. What it gets goes to `POST /passkeys`. An
/// Idempotency-Key has no effect.
#[utoipa::path(post, path = "/passkeys/registration", responses((status = 200, body = PasskeyChallenge)))]
async fn begin_passkey(
    State(access): State<Access>,
    Caller(actor): Caller,
    current: Option<Extension<CurrentSession>>,
) -> api_v2::Result<Json<PasskeyChallenge>> {
    let secret = current.map(|Extension(CurrentSession(secret))| secret);
    Ok(Json(access.begin_passkey(&actor, secret.as_ref()).await?))
}

/// Registers a passkey
///
/// From then on it is asked for as the second factor, and signs its owner in alone. A ceremony is good for ten minutes and
/// for one passkey, so an Idempotency-Key has no effect.
#[utoipa::path(post, path = "/passkeys", request_body = NewPasskey, responses((status = 201, body = Passkey)))]
async fn register_passkey(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(new): Json<NewPasskey>,
) -> api_v2::Result<(StatusCode, Json<Passkey>)> {
    Ok((StatusCode::CREATED, Json(access.register_passkey(&actor, new).await?)))
}

/// Changes a passkey of the user who asks
#[utoipa::path(
    patch,
    path = "/passkeys/{id}",
    params(("id" = i64, Path)),
    request_body = PasskeyPatch,
    responses((status = 200, body = Passkey))
)]
async fn change_passkey(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<PasskeyId>,
    Json(patch): Json<PasskeyPatch>,
) -> api_v2::Result<Json<Passkey>> {
    Ok(Json(access.change_passkey(&actor, id, patch).await?))
}

/// Deletes a passkey of the user who asks
#[utoipa::path(delete, path = "/passkeys/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_passkey(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<PasskeyId>,
) -> api_v2::Result<StatusCode> {
    access.delete_passkey(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to sign in with a passkey
///
/// What the browser gets goes to `POST /sessions/passkey`. An Idempotency-Key has no effect.
#[utoipa::path(
    post,
    path = "/sessions/passkey/challenge",
    request_body = PasskeyQuestion,
    security(()),
    responses((status = 200, body = PasskeyChallenge))
)]
async fn ask_passkeys(
    State(access): State<Access>,
    Json(question): Json<PasskeyQuestion>,
) -> api_v2::Result<Json<PasskeyChallenge>> {
    Ok(Json(access.passkey_challenge(question.pending).await?))
}

/// Signs in with a passkey
///
/// Alone, or as the second factor. Opens a session and sets its cookie, as `POST /sessions` does. An Idempotency-Key has no
/// effect.
#[utoipa::path(
    post,
    path = "/sessions/passkey",
    request_body = PasskeyAnswer,
    security(()),
    responses((status = 201, body = OpenSession, headers(("Set-Cookie" = String, description = "The session"))))
)]
async fn sign_in_with_passkey(
    State(access): State<Access>,
    visit: Visit,
    Json(given): Json<PasskeyAnswer>,
) -> Response {
    let opened = access.sign_in_with_passkey(given, &visit).await.map_err(Into::into);
    let mut response = opened.and_then(|session| signed_in(SignedIn::Open(session), visit.tls)).into_response();
    challenge(&mut response);
    response
}
