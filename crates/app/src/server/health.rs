//! Whether the process lives, and whether it can serve.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use store::Db;

/// `/healthz` says that the process answers; `/readyz` that its database does as well.
pub(super) fn router(db: &Db) -> Router {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready)).with_state(db.clone())
}

async fn ready(State(db): State<Db>) -> (StatusCode, &'static str) {
    match store::ping(&db).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
