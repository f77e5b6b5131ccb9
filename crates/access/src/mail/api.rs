//! `/settings/mail` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::JobId;
use serde::{Deserialize, Serialize};
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{MailSettings, NewMailSettings};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_mail_settings, set_mail_settings, forget_mail_settings))
        .routes(routes!(try_mail_settings))
        .with_state(access.clone())
}

/// To whom a mail is sent.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "ann@example.net"}))]
struct MailTrial {
    /// The address.
    to: String,
}

/// The job that sends a mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"id": 17}))]
struct MailQueued {
    /// To be followed at `/jobs/{id}`.
    #[schema(value_type = i64)]
    id: JobId,
}

/// Shows how mail is sent
///
/// For administrators. The password is never shown; 404 when mail is not set up.
#[utoipa::path(get, path = "/settings/mail", responses((status = 200, body = MailSettings)))]
async fn get_mail_settings(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<Json<MailSettings>> {
    Ok(Json(access.mail_settings(&actor).await?))
}

/// Sets up how mail is sent
///
/// For administrators. The settings replace those that are there; only the password stays when it is left out, as long
/// as the server, the way there and the name stay. `POST /settings/mail/test` says whether they are right.
#[utoipa::path(
    put,
    path = "/settings/mail",
    request_body = NewMailSettings,
    responses((status = 200, body = MailSettings))
)]
async fn set_mail_settings(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(new): Json<NewMailSettings>,
) -> api_v2::Result<Json<MailSettings>> {
    Ok(Json(access.set_mail_settings(&actor, new).await?))
}

/// Forgets how mail is sent
///
/// For administrators. From then on no mail is sent.
#[utoipa::path(delete, path = "/settings/mail", responses((status = 204)))]
async fn forget_mail_settings(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<StatusCode> {
    access.forget_mail_settings(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a mail to try the settings out
///
/// For administrators. A job sends it, and tries once: `/jobs/{id}` says whether the mail server has taken it, or what
/// it said.
#[utoipa::path(
    post,
    path = "/settings/mail/test",
    request_body = MailTrial,
    responses((status = 202, body = MailQueued))
)]
async fn try_mail_settings(
    State(access): State<Access>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(trial): Json<MailTrial>,
) -> api_v2::Result<(StatusCode, Json<MailQueued>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /settings/mail/test", &trial))).transpose()?;
    let id = access.try_mail_settings(&actor, trial.to, key).await?;
    Ok((StatusCode::ACCEPTED, Json(MailQueued { id })))
}
