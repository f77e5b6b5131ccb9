//! `/log/retention` of API v2: how long the log is kept.

use api_v2::{Caller, Json, Result};
use axum::extract::State;
use kernel::{Actor, Error, Result as Checked};
use serde::{Deserialize, Serialize};
use store::{Db, audit};
use utoipa::ToSchema;

/// How long the log is kept
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogRetention)]
pub(super) struct Retention {
    /// For how many days; `null` for ever.
    days: Option<u32>,
    /// The time of the latest entry that has been thrown away; `null` when none has.
    begins_after: Option<String>,
}

/// How long the log shall be kept
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LogRetentionInput)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// For how many days; `null` for ever.
    #[schema(minimum = 1, maximum = 36_500)]
    days: Option<u32>,
}

/// Show how long the log is kept
#[utoipa::path(get, path = "/log/retention", responses((status = 200, body = Retention)))]
pub(super) async fn get_retention(State(db): State<Db>, Caller(actor): Caller) -> Result<Json<Retention>> {
    administrator(&actor)?;
    Ok(Json(shown(&db, &actor).await?))
}

/// Say how long the log is kept
///
/// What is older is thrown away once a day, and with it the past: a time before that can't be asked for any more. The
/// audit chain goes on behind a signed cut.
#[utoipa::path(put, path = "/log/retention", request_body = Input, responses((status = 200, body = Retention)))]
pub(super) async fn set_retention(
    State(db): State<Db>,
    Caller(actor): Caller,
    Json(Input { days }): Json<Input>,
) -> Result<Json<Retention>> {
    administrator(&actor)?;
    audit::set_retention(&db, &actor, days).await?;
    Ok(Json(shown(&db, &actor).await?))
}

async fn shown(db: &Db, actor: &Actor) -> Checked<Retention> {
    let mut tx = db.read(actor).await?;
    let begins_after = tx.log_begins_after().await?.map(|at| at.to_string());
    Ok(Retention { days: audit::retention(&mut tx).await?, begins_after })
}

/// The log shows all things, and is kept for all.
pub(super) fn administrator(actor: &Actor) -> Checked<()> {
    if actor.is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden("Only administrators (permissionAdmin on the top-level resource) read the log."))
}
