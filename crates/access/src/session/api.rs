//! `/sessions` and `/users/{id}/sessions` of API v2.

use api_v2::{Caller, Json, Path, Routes};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{SessionId, UserId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    CurrentSession, EnrolStep, OpenSession, Pending, SecondStep, Session, SignIn, SignedIn, Visit, challenge, door,
    read,
};
use crate::{Access, Totp, hidden::Hidden};

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_my_sessions, sign_in, revoke_my_sessions))
        .routes(routes!(get_current_session, sign_out))
        .routes(routes!(revoke_my_session))
        .routes(routes!(second_step))
        .routes(routes!(enrol_step))
        .routes(routes!(list_sessions, revoke_sessions))
        .routes(routes!(revoke_session))
        .with_state(access.clone())
}

/// The session to which the request belongs, if it belongs to one.
type Current = Option<Extension<CurrentSession>>;

fn secret(current: Current) -> Option<Hidden<String>> {
    current.map(|Extension(CurrentSession(secret))| secret)
}

/// Whose sessions somebody means who means their own.
fn oneself(actor: &kernel::Actor) -> api_v2::Result<UserId> {
    Ok(actor.user.ok_or_else(|| kernel::Error::forbidden("The system itself has no sessions."))?)
}

/// Signs in
///
/// Opens a session and sets its cookie, which is good for API v2 and API v1. A request by the cookie that is not a GET
/// must carry the `csrf_token` of the answer in the header `X-CSRF-Token`.
///
/// Where a second factor is wanted, the answer is 202: `POST /sessions/second_factor` then ends the sign-in. An
/// Idempotency-Key has no effect.
#[utoipa::path(
    post,
    path = "/sessions",
    request_body = SignIn,
    security(()),
    responses(
        (status = 201, body = OpenSession, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 202, body = Pending, description = "The second factor is wanted")
    )
)]
async fn sign_in(State(access): State<Access>, visit: Visit, Json(given): Json<SignIn>) -> Response {
    let signed_in = access.sign_in(&given, &visit).await.map_err(Into::into);
    let mut response = signed_in.and_then(|signed_in| door::signed_in(signed_in, visit.tls)).into_response();
    challenge(&mut response);
    response
}

/// Shows the second factor of a sign-in
///
/// Ends a sign-in that `POST /sessions` has answered with 202. Where the second factor was set up in this sign-in, its
/// first code confirms it, and the answer has `recovery_codes`. An Idempotency-Key has no effect.
#[utoipa::path(
    post,
    path = "/sessions/second_factor",
    request_body = SecondStep,
    security(()),
    responses((status = 201, body = OpenSession, headers(("Set-Cookie" = String, description = "The session"))))
)]
async fn second_step(State(access): State<Access>, visit: Visit, Json(step): Json<SecondStep>) -> Response {
    let open = access.second_step(&step, &visit).await.map(SignedIn::Open).map_err(Into::into);
    let mut response = open.and_then(|open| door::signed_in(open, visit.tls)).into_response();
    challenge(&mut response);
    response
}

/// Sets up the second factor in a sign-in
///
/// For a sign-in whose `second_factor` is `enrol`: one is required, and the user has none yet. The answer is the only one
/// that shows the secret; `POST /sessions/second_factor` with a code of it ends the sign-in.
#[utoipa::path(
    post,
    path = "/sessions/second_factor/totp",
    request_body = EnrolStep,
    security(()),
    responses((status = 201, body = Totp))
)]
async fn enrol_step(State(access): State<Access>, visit: Visit, Json(step): Json<EnrolStep>) -> Response {
    let totp = access.enrol_step(&step, &visit).await.map(|totp| (StatusCode::CREATED, Json(totp)));
    let mut response = totp.map_err(api_v2::Problem::from).into_response();
    challenge(&mut response);
    response
}

/// Shows the session to which the request belongs
///
/// With the token that its page needs to change something.
#[utoipa::path(get, path = "/sessions/current", responses((status = 200, body = OpenSession)))]
async fn get_current_session(
    State(access): State<Access>,
    Caller(_actor): Caller,
    current: Current,
) -> api_v2::Result<Json<OpenSession>> {
    let secret = secret(current).ok_or_else(read::no_session)?;
    Ok(Json(access.current_session(secret).await?))
}

/// Signs out
///
/// Ends the session to which the request belongs, and takes its cookie away.
#[utoipa::path(delete, path = "/sessions/current", responses((status = 204)))]
async fn sign_out(
    State(access): State<Access>,
    Caller(actor): Caller,
    current: Current,
    visit: Visit,
) -> api_v2::Result<Response> {
    let secret = secret(current).ok_or_else(read::no_session)?;
    access.sign_out(&actor, &secret).await?;
    door::signed_out(visit.tls)
}

/// Lists the sessions of the user who asks
#[utoipa::path(get, path = "/sessions", responses((status = 200, body = [Session])))]
async fn list_my_sessions(
    State(access): State<Access>,
    Caller(actor): Caller,
    current: Current,
) -> api_v2::Result<Json<Vec<Session>>> {
    let of = oneself(&actor)?;
    Ok(Json(access.sessions(&actor, of, secret(current).as_ref()).await?))
}

/// Ends all sessions of the user who asks
///
/// Also the one to which the request belongs.
#[utoipa::path(delete, path = "/sessions", responses((status = 204)))]
async fn revoke_my_sessions(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<StatusCode> {
    access.revoke_sessions(&actor, oneself(&actor)?, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of the user who asks
#[utoipa::path(delete, path = "/sessions/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn revoke_my_session(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(id): Path<SessionId>,
) -> api_v2::Result<StatusCode> {
    access.revoke_sessions(&actor, oneself(&actor)?, Some(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the sessions of a user
#[utoipa::path(
    get,
    path = "/users/{id}/sessions",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 200, body = [Session]))
)]
async fn list_sessions(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
    current: Current,
) -> api_v2::Result<Json<Vec<Session>>> {
    Ok(Json(access.sessions(&actor, of, secret(current).as_ref()).await?))
}

/// Ends all sessions of a user
///
/// Whoever may change the user may do so.
#[utoipa::path(
    delete,
    path = "/users/{id}/sessions",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 204))
)]
async fn revoke_sessions(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
) -> api_v2::Result<StatusCode> {
    access.revoke_sessions(&actor, of, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session of a user
#[utoipa::path(
    delete,
    path = "/users/{id}/sessions/{session}",
    params(("id" = i64, Path, description = "The user"), ("session" = i64, Path, description = "The session")),
    responses((status = 204))
)]
async fn revoke_session(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path((of, id)): Path<(UserId, SessionId)>,
) -> api_v2::Result<StatusCode> {
    access.revoke_sessions(&actor, of, Some(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
