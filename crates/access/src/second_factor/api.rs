//! `/users/.../second_factor` of API v2.

use api_v2::{Caller, Json, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::UserId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewTotp, RecoveryCodes, SecondFactor, Totp, model::Code};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_my_second_factor))
        .routes(routes!(enrol_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(remove_second_factor))
        .routes(routes!(get_second_factor, reset_second_factor))
        .with_state(access.clone())
}

/// Shows what the user who asks has beside their password
#[utoipa::path(get, path = "/users/me/second_factor", responses((status = 200, body = SecondFactor)))]
async fn get_my_second_factor(
    State(access): State<Access>,
    Caller(actor): Caller,
) -> api_v2::Result<Json<SecondFactor>> {
    let Some(user) = actor.user else { return Err(kernel::Error::forbidden("The system signs in nowhere.").into()) };
    Ok(Json(access.second_factor(&actor, user).await?))
}

/// Sets up an authenticator app for the user who asks
///
/// The answer is the only one that shows the secret. The app counts once a code of it has been shown. An
/// Idempotency-Key has no effect.
#[utoipa::path(
    post,
    path = "/users/me/second_factor/totp",
    request_body = NewTotp,
    responses((status = 201, body = Totp))
)]
async fn enrol_totp(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(new): Json<NewTotp>,
) -> api_v2::Result<(StatusCode, Json<Totp>)> {
    Ok((StatusCode::CREATED, Json(access.enrol_totp(&actor, &new).await?)))
}

/// Confirms the authenticator app of the user who asks
///
/// From then on signing in takes a code of it, and HTTP Basic is refused: programs use a token. The recovery codes of
/// the answer are shown this once.
#[utoipa::path(
    post,
    path = "/users/me/second_factor/totp/confirm",
    request_body = Code,
    responses((status = 200, body = RecoveryCodes))
)]
async fn confirm_totp(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(Code { code }): Json<Code>,
) -> api_v2::Result<Json<RecoveryCodes>> {
    Ok(Json(access.confirm_totp(&actor, code).await?))
}

/// Makes new recovery codes for the user who asks
///
/// In place of those that they have.
#[utoipa::path(
    post,
    path = "/users/me/second_factor/recovery_codes",
    request_body = Code,
    responses((status = 200, body = RecoveryCodes))
)]
async fn renew_recovery_codes(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(Code { code }): Json<Code>,
) -> api_v2::Result<Json<RecoveryCodes>> {
    Ok(Json(access.renew_recovery_codes(&actor, &code).await?))
}

/// Takes away the second factor of the user who asks
#[utoipa::path(
    post,
    path = "/users/me/second_factor/remove",
    request_body = Code,
    responses((status = 204))
)]
async fn remove_second_factor(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(Code { code }): Json<Code>,
) -> api_v2::Result<StatusCode> {
    access.remove_second_factor(&actor, &code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what a user has beside their password
#[utoipa::path(
    get,
    path = "/users/{id}/second_factor",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 200, body = SecondFactor))
)]
async fn get_second_factor(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
) -> api_v2::Result<Json<SecondFactor>> {
    Ok(Json(access.second_factor(&actor, of).await?))
}

/// Takes away the second factor of a user who has lost it
///
/// Whoever may change the user may do so.
#[utoipa::path(
    delete,
    path = "/users/{id}/second_factor",
    params(("id" = i64, Path, description = "The user")),
    responses((status = 204))
)]
async fn reset_second_factor(
    State(access): State<Access>,
    Caller(actor): Caller,
    Path(of): Path<UserId>,
) -> api_v2::Result<StatusCode> {
    access.reset_second_factor(&actor, of).await?;
    Ok(StatusCode::NO_CONTENT)
}
