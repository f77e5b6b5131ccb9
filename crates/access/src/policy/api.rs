//! `/sign_in_policy` of API v2.

use api_v2::{Caller, Json, Routes};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Policy, PolicyPatch};
use crate::Access;

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new().routes(routes!(get_sign_in_policy, change_sign_in_policy)).with_state(access.clone())
}

/// Shows what is demanded of everybody who signs in
#[utoipa::path(get, path = "/sign_in_policy", responses((status = 200, body = Policy)))]
async fn get_sign_in_policy(State(access): State<Access>, Caller(actor): Caller) -> api_v2::Result<Json<Policy>> {
    Ok(Json(access.sign_in_policy(&actor).await?))
}

/// Changes what is demanded of everybody who signs in
///
/// Only administrators may do so.
#[utoipa::path(
    patch,
    path = "/sign_in_policy",
    request_body = PolicyPatch,
    responses((status = 200, body = Policy))
)]
async fn change_sign_in_policy(
    State(access): State<Access>,
    Caller(actor): Caller,
    Json(patch): Json<PolicyPatch>,
) -> api_v2::Result<Json<Policy>> {
    Ok(Json(access.change_sign_in_policy(&actor, patch).await?))
}
