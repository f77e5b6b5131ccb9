//! Taking back everything that resources hold, below `/resources`.

use api_v2::{Caller, IdempotencyKey, Json, Result};
use axum::extract::State;
use kernel::ResourceId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{manage::key, value::NumberOrText};
use crate::{
    Ipam,
    block::{Netblock, unassign_all::UnassignAll},
};

/// Whose blocks are taken back
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnassignAllRequest {
    /// The resources: 1 to 1000.
    resource_ids: Vec<NumberOrText>,
}

/// Take back all blocks of resources
///
/// They go into the holding tank. When one of them can't be taken back, none is, and the answer names all that are in
/// the way.
#[utoipa::path(post, path = "/resources/unassign_all_ips", tag = "IPAM", request_body = UnassignAllRequest,
    responses((status = 200, body = [Netblock])))]
pub(super) async fn unassign_all_ips(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(request): Json<UnassignAllRequest>,
) -> Result<Json<Vec<Netblock>>> {
    let key = key(once, &("unassign_all", &request))?;
    let ids = request.resource_ids.iter().enumerate();
    let holders = ids.map(|(n, id)| id.number(&format!("resource_ids[{n}]")).map(ResourceId));
    let work = UnassignAll { holders: holders.collect::<kernel::Result<_>>()?, key };
    Ok(Json(ipam.db.write(&actor, work).await?.into_iter().map(Netblock::from).collect()))
}
