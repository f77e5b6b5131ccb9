//! Numbers for Prometheus.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use kernel::Actor;
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::{Db, job};
use tokio::sync::watch;

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds; the buckets of request durations.
const DURATIONS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];
/// How often what was measured is put into the buckets, so that it does not pile up when nobody comes to look.
const UPKEEP: Duration = Duration::from_secs(5);

/// `/metrics`.
pub(super) fn router(db: &Db) -> anyhow::Result<Router> {
    if RECORDER.get().is_none() {
        let handle = PrometheusBuilder::new().set_buckets(&DURATIONS)?.install_recorder()?;
        RECORDER.get_or_init(|| handle);
        describe_counter!("platbook_requests_total", "Requests answered, by door, method and class of status.");
        describe_histogram!("platbook_request_seconds", "How long requests took, by door.");
        describe_counter!(
            "platbook_commits_total",
            "Commits of the embedded database; one holds all that waited for it."
        );
        describe_gauge!("platbook_blocks", "Leaves of the address space, by state.");
        describe_gauge!("platbook_jobs", "Background jobs, by status.");
        describe_gauge!("platbook_build_info", "Always 1; the label says which version runs.");
        gauge!("platbook_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    }
    Ok(Router::new().route("/metrics", get(page)).with_state(db.clone()))
}

/// Keeps the memory of what was measured small.
pub(crate) async fn upkeep(mut stop: watch::Receiver<bool>) {
    while tokio::time::timeout(UPKEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        if let Some(handle) = RECORDER.get() {
            handle.run_upkeep();
        }
    }
}

async fn page(State(db): State<Db>) -> Response {
    if let Err(error) = count(&db).await {
        tracing::warn!(%error, "the metrics can't be counted");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    }
    let text = RECORDER.get().map(PrometheusHandle::render).unwrap_or_default();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Counts what is not counted as it happens.
#[expect(clippy::cast_precision_loss, reason = "a number of rows is far below 2^53")]
async fn count(db: &Db) -> kernel::Result<()> {
    let mut tx = db.read(&Actor::system("metrics")).await?;
    for (status, jobs) in job::counts(&mut tx).await? {
        gauge!("platbook_jobs", "status" => status.name()).set(jobs as f64);
    }
    for (state, blocks) in ipam::leaves(&mut tx).await? {
        gauge!("platbook_blocks", "state" => state.name()).set(blocks as f64);
    }
    Ok(())
}
