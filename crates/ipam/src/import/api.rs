//! Imports in API v2.

use api_v2::{Caller, Json, Query, Result, Routes};
use axum::{
    body::Body,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use kernel::{Action, Area, Error, JobId};
use resources::system;
use serde::{Deserialize, Serialize};
use store::{Tx, Work, job::NewJob};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Format, PIECES,
    job::{KIND, Request},
};
use crate::Ipam;

/// The largest file: about ten million lines.
const LARGEST: usize = 1 << 30;

/// The operations.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new().routes(routes!(import_netblocks)).layer(DefaultBodyLimit::disable()).with_state(ipam.clone())
}

/// What the file is and what is done with it
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    /// `csv`, or `delegated` for a registry's statistics.
    format: String,
    /// The RIR of lines that name none (CSV).
    rir: Option<String>,
}

/// The job that does it
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportStarted {
    /// To be followed at `/jobs/{id}`.
    #[schema(value_type = i64)]
    id: JobId,
}

/// Import blocks from a file
///
/// The body is the file. It is taken in, and then read by a job: all lines are checked, each one that is wrong is
/// reported with its number and reason, and only if none is are the blocks added, all at once. With `dry_run` the job
/// checks everything and writes nothing.
#[utoipa::path(post, path = "/ipam/imports", tag = "IPAM", params(ImportQuery),
    request_body(content = String, content_type = "text/plain", description = "The file"),
    responses((status = 202, body = ImportStarted)))]
async fn import_netblocks(
    State(ipam): State<Ipam>,
    Caller(mut actor): Caller,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<(StatusCode, Json<ImportStarted>)> {
    let dry_run = actor.takes_over_rehearsal();
    let format = match query.format.to_ascii_lowercase().as_str() {
        "csv" => Format::Csv,
        "delegated" => Format::Delegated,
        _ => return Err(Error::invalid("format", "must be csv or delegated").into()),
    };
    let mut tx = ipam.db.read(&actor).await?;
    let available = resources::get(&mut tx, system::AVAILABLE).await?;
    available.allow(&actor, Area::Ipam, Action::Create)?;
    drop(tx);
    let upload = PIECES.keep(&ipam.db, &actor, body.into_data_stream(), LARGEST).await?;
    let request = Request { upload, format, rir: query.rir, dry_run };
    let id = ipam.db.write(&actor, StartImport(request)).await?;
    Ok((StatusCode::ACCEPTED, Json(ImportStarted { id })))
}

struct StartImport(Request);

impl Work for StartImport {
    type Out = JobId;
    const NAME: &'static str = "import.start";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<JobId> {
        let payload = serde_json::to_value(&self.0).map_err(Error::internal)?;
        tx.enqueue(NewJob { kind: KIND, payload, key: None, run_at: None, most_attempts: 3 }).await
    }
}
