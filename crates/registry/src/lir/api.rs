//! `/ipam/lirs` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::LirId;
use serde::{Deserialize, Serialize};
use store::RequestKey;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Lir, LirPatch, NewLir, read};
use crate::Registry;

pub(crate) fn routes(registry: &Registry) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_lirs, add_lir))
        .routes(routes!(get_lir, change_lir, delete_lir))
        .with_state(registry.clone())
}

/// Which LIRs are wanted
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LirQuery {
    /// Those of this regional registry.
    #[param(example = "ARIN")]
    rir: Option<String>,
}

/// The key of a request, with what makes it up.
pub(crate) fn key(once: IdempotencyKey, what: &impl Serialize) -> kernel::Result<Option<RequestKey>> {
    once.0.map(|key| RequestKey::new(key, what)).transpose()
}

/// List LIRs
///
/// The accounts at regional registries that the caller may see, by name.
#[utoipa::path(get, path = "/ipam/lirs", tag = "IPAM", params(LirQuery, PageQuery),
    responses((status = 200, body = [Lir])))]
async fn list_lirs(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    paged: Paged<LirQuery>,
) -> api_v2::Result<Listed<Lir>> {
    let mut tx = registry.db.read(&actor).await?;
    let (lirs, more) = read::list(&mut tx, paged.query.rir.as_deref(), paged.page).await?;
    Ok(paged.answer(lirs, more))
}

/// Get an LIR
#[utoipa::path(get, path = "/ipam/lirs/{id}", tag = "IPAM", params(("id" = i64, Path)),
    responses((status = 200, body = Lir)))]
async fn get_lir(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(id): Path<LirId>,
) -> api_v2::Result<Json<Lir>> {
    let mut tx = registry.db.read(&actor).await?;
    let (row, resource) = read::visible(&mut tx, id).await?;
    Ok(Json(Lir::of(&row, &resource)))
}

/// Add an LIR
///
/// Keys and passwords are kept encrypted and never come back.
#[utoipa::path(post, path = "/ipam/lirs", tag = "IPAM", request_body = NewLir,
    responses((status = 201, body = Lir)))]
async fn add_lir(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewLir>,
) -> api_v2::Result<(StatusCode, Json<Lir>)> {
    let key = key(once, &("POST /ipam/lirs", &new))?;
    Ok((StatusCode::CREATED, Json(registry.add_lir(&actor, new, key).await?)))
}

/// Change an LIR
///
/// What is not named stays, and null clears. Its regional registry stays what it is.
#[utoipa::path(patch, path = "/ipam/lirs/{id}", tag = "IPAM", request_body = LirPatch, params(("id" = i64, Path)),
    responses((status = 200, body = Lir)))]
async fn change_lir(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(id): Path<LirId>,
    once: IdempotencyKey,
    Json(patch): Json<LirPatch>,
) -> api_v2::Result<Json<Lir>> {
    let key = key(once, &("PATCH /ipam/lirs", id, format!("{patch:?}")))?;
    Ok(Json(registry.change_lir(&actor, id, patch, key).await?))
}

/// Delete an LIR
///
/// Its resource goes with it. One through which something is registered stays: 409.
#[utoipa::path(delete, path = "/ipam/lirs/{id}", tag = "IPAM", params(("id" = i64, Path)),
    responses((status = 204)))]
async fn delete_lir(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(id): Path<LirId>,
    once: IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = key(once, &("DELETE /ipam/lirs", id))?;
    registry.delete_lir(&actor, id, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
