//! Watching background jobs in API v2. A person sees their own jobs; an administrator sees all.

use api_v2::{Caller, Json, Path, Query, Result, Routes};
use axum::extract::State;
use kernel::{Actor, Error, JobId};
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx, Work,
    job::{self, JobState, Status},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations.
pub(crate) fn routes(db: &Db) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_job))
        .routes(routes!(list_job_lines))
        .routes(routes!(cancel_job))
        .routes(routes!(retry_job))
        .with_state(db.clone())
}

/// How far a job has got
#[derive(Debug, Serialize, ToSchema)]
struct Progress {
    /// Steps done.
    done: i64,
    /// Steps in all; 0 while nobody knows.
    total: i64,
}

/// A background job
#[derive(Debug, Serialize, ToSchema)]
struct ShownJob {
    /// Its id.
    id: i64,
    /// Its kind.
    #[schema(example = "ipam.import")]
    kind: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schema(value_type = String, example = "done")]
    status: Status,
    /// How often it has been started.
    attempts: u32,
    /// How far it has got.
    progress: Progress,
    /// What it found out.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// Why it failed last.
    error: Option<String>,
    /// When it was asked for.
    created_at: String,
    /// When it came to its end.
    finished_at: Option<String>,
}

impl From<JobState> for ShownJob {
    fn from(job: JobState) -> Self {
        Self {
            id: job.id.0,
            kind: job.kind,
            status: job.status,
            attempts: job.attempts,
            progress: Progress { done: job.done, total: job.total },
            result: job.result,
            error: job.error,
            created_at: job.created_at.to_string(),
            finished_at: job.finished_at.map(|at| at.to_string()),
        }
    }
}

async fn visible(tx: &mut Tx, id: i64) -> kernel::Result<JobState> {
    let missing = || Error::not_found(format!("No job found with ID: {id}"));
    let job = job::state(tx, JobId(id)).await?.ok_or_else(missing)?;
    let own = tx.actor().user.is_some_and(|user| job.actor_id == Some(user.0));
    if own || tx.actor().is_administrator() { Ok(job) } else { Err(missing()) }
}

/// Get a job
#[utoipa::path(get, path = "/jobs/{id}", tag = "Jobs", params(("id" = i64, Path, description = "The job")),
    responses((status = 200, body = ShownJob)))]
async fn get_job(State(db): State<Db>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<ShownJob>> {
    let mut tx = db.read(&actor).await?;
    Ok(Json(visible(&mut tx, id).await?.into()))
}

/// Which lines
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LinesQuery {
    /// Only lines behind this number.
    after: Option<i64>,
}

/// A line of a job's log
#[derive(Debug, Serialize, ToSchema)]
struct ShownLine {
    /// Its number, from 1.
    n: i64,
    /// When it was written.
    at: String,
    /// `info`, `warning` or `error`.
    level: String,
    /// What it says.
    text: String,
}

/// List the lines of a job's log
///
/// At most 1,000 at a time, in order.
#[utoipa::path(get, path = "/jobs/{id}/lines", tag = "Jobs",
    params(("id" = i64, Path, description = "The job"), LinesQuery), responses((status = 200, body = [ShownLine])))]
async fn list_job_lines(
    State(db): State<Db>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(which): Query<LinesQuery>,
) -> Result<Json<Vec<ShownLine>>> {
    let mut tx = db.read(&actor).await?;
    visible(&mut tx, id).await?;
    let lines = job::lines(&mut tx, JobId(id), which.after.unwrap_or(0), 1_000).await?;
    let shown =
        |line: job::JobLine| ShownLine { n: line.n, at: line.at.to_string(), level: line.level, text: line.text };
    Ok(Json(lines.into_iter().map(shown).collect()))
}

/// Cancel a job
///
/// One that waits is cancelled at once, one that runs at the next point where it looks.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "Jobs", params(("id" = i64, Path, description = "The job")),
    responses((status = 200, body = ShownJob)))]
async fn cancel_job(State(db): State<Db>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<ShownJob>> {
    change(&db, &actor, Change::Cancel(id)).await
}

/// Try a failed job again
#[utoipa::path(post, path = "/jobs/{id}/retry", tag = "Jobs", params(("id" = i64, Path, description = "The job")),
    responses((status = 200, body = ShownJob)))]
async fn retry_job(State(db): State<Db>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<ShownJob>> {
    change(&db, &actor, Change::Retry(id)).await
}

async fn change(db: &Db, actor: &Actor, change: Change) -> Result<Json<ShownJob>> {
    Ok(Json(db.write(actor, change).await?.into()))
}

enum Change {
    Cancel(i64),
    Retry(i64),
}

impl Work for Change {
    type Out = JobState;
    const NAME: &'static str = "job.change";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<JobState> {
        let (Self::Cancel(id) | Self::Retry(id)) = *self;
        visible(tx, id).await?;
        match self {
            Self::Cancel(_) => job::cancel(tx, JobId(id)).await?,
            Self::Retry(_) => job::retry(tx, JobId(id)).await?,
        }
        visible(tx, id).await
    }
}
