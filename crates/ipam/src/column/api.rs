//! Columns in API v2, below `/ipam/columns`.

use api_v2::{Caller, IdempotencyKey, Json, Path, Result, Routes};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    change::{ChangeColumn, all},
    model::{Column, ColumnPatch},
};
use crate::{Ipam, block::api::key};

/// The operations on columns.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_netblock_columns))
        .routes(routes!(update_netblock_column))
        .with_state(ipam.clone())
}

/// List the columns that may have a name
///
/// The ten columns of the instance's own that blocks have, and the generic code.
#[utoipa::path(get, path = "/ipam/columns", tag = "IPAM", responses((status = 200, body = [Column])))]
async fn list_netblock_columns(State(ipam): State<Ipam>, Caller(actor): Caller) -> Result<Json<Vec<Column>>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(all(&mut tx).await?))
}

/// Name a column
///
/// Only an administrator may.
#[utoipa::path(patch, path = "/ipam/columns/{field}", tag = "IPAM", request_body = ColumnPatch,
    params(("field" = String, Path, description = "`code`, or `meta1` to `meta10`")),
    responses((status = 200, body = Column)))]
async fn update_netblock_column(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(field): Path<String>,
    once: IdempotencyKey,
    Json(patch): Json<ColumnPatch>,
) -> Result<Json<Column>> {
    let key = key(once, &("update_column", &field, &patch))?;
    Ok(Json(ipam.db.write(&actor, ChangeColumn { field, patch, key }).await?))
}
