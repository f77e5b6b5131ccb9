//! `/ipam/netblocks/{block}/swip` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use ipam::Registration;
use kernel::{BlockId, LirId, ResourceId};
use serde::{Deserialize, Serialize};
use store::params;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Action, NewSwip, Swip,
    exchange::{self, Said},
    plan::may_send,
    read,
};
use crate::{Registry, arin::Customer, lir::api::key, registration::RegistrationRow};

pub(crate) fn routes(registry: &Registry) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_netblock_swip, put_netblock_swip, delete_netblock_swip))
        .routes(routes!(list_netblock_swip_exchanges))
        .with_state(registry.clone())
}

/// What is registered for a block
#[derive(Debug, Serialize, ToSchema)]
struct Registered {
    /// The network's handle.
    #[schema(example = "NET-67-221-244-0-1")]
    net_handle: String,
    /// The network's name.
    #[schema(example = "NET-ACME-67-221-244-0-28")]
    net_name: Option<String>,
    /// The customer's handle.
    #[schema(example = "C00000001")]
    customer_handle: Option<String>,
    /// The organisation that has it, or that gave it to the customer.
    #[schema(example = "CONNE-81")]
    org_id: Option<String>,
    /// The range that was registered.
    #[schema(example = "67.221.244.0/28")]
    cidr: String,
    /// How it was given.
    action: Action,
    /// The LIR through which it was registered.
    #[schema(value_type = i64)]
    lir_id: LirId,
    /// The resource for which it was registered.
    #[schema(value_type = i64)]
    resource_id: ResourceId,
    /// When it was registered, in UTC.
    swip_time: String,
}

impl From<RegistrationRow> for Registered {
    fn from(row: RegistrationRow) -> Self {
        let (net_name, cidr, action) = (row.net_name.clone(), row.cidr.clone(), row.action);
        let (lir_id, resource_id) = (row.lir_id, row.resource_id);
        let Registration { net_handle, customer_handle, org_handle, registered_at } = row.into();
        let swip_time = registered_at.sql();
        Self { net_handle, net_name, customer_handle, org_id: org_handle, cidr, action, lir_id, resource_id, swip_time }
    }
}

/// How a block stands at its registry
#[derive(Debug, Serialize, ToSchema)]
struct SwipState {
    /// The block.
    #[schema(value_type = i64)]
    block_id: BlockId,
    /// Whether it is registered.
    swipped: bool,
    /// What is registered for it.
    registration: Option<Registered>,
    /// The last change at the registry.
    request: Option<Swip>,
    /// In the answer to a dry run: what would be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Vec<Payload>>,
}

/// A call as it would go over the wire, the key aside
#[derive(Debug, Serialize, ToSchema)]
struct Payload {
    /// The method of HTTP.
    #[schema(example = "PUT")]
    method: &'static str,
    /// The path below the address of the registry.
    #[schema(example = "rest/net/NET-67-221-240-0-1/reassign")]
    path: String,
    /// The body.
    body: Option<String>,
}

/// A change at the registry that is wanted
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwipRequest {
    /// What is done: `simple_reassign`, `detailed_reassign`, `reallocate` or `deassign`.
    #[schema(example = "simple_reassign")]
    action: Action,
    /// Through which LIR; that of the block when none is named.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    lir_id: Option<LirId>,
    /// As which organisation of the LIR; its only one when none is named.
    #[serde(default)]
    #[schema(example = "CONNE-81")]
    entity_handle: Option<String>,
    /// Who holds the block, to be sure of it.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    resource_id: Option<ResourceId>,
    /// The name of the network; the LIR's `net_name_prefix`, the address and the mask when there is none.
    #[serde(default)]
    #[schema(example = "NET-ACME-67-221-244-0-28")]
    net_name: Option<String>,
    /// The organisation at ARIN that gets the block, in a detailed reassignment or a reallocation.
    #[serde(default)]
    recipient: Option<String>,
    /// The customer who gets the block, in a simple reassignment. When there is none: the resource that holds the block,
    /// at the address in its attributes `street_address`, `city`, `state`, `postal_code` and `country`, kept private if
    /// `private_customer` is true.
    #[serde(default)]
    customer: Option<Customer>,
    /// The customer, if ARIN knows them already.
    #[serde(default)]
    customer_handle: Option<String>,
    /// Whether only to tell what would be sent.
    #[serde(default)]
    dry_run: bool,
}

impl SwipRequest {
    fn of(&self, block: &str) -> NewSwip {
        NewSwip {
            lir_id: self.lir_id,
            entity_handle: self.entity_handle.clone(),
            resource_id: self.resource_id,
            net_name: self.net_name.clone(),
            recipient: self.recipient.clone(),
            customer: self.customer.clone(),
            customer_handle: self.customer_handle.clone(),
            ..NewSwip::new(block, self.action)
        }
    }
}

/// Get how a block stands at its registry
///
/// What is registered for it, and how far the last change at the registry has got.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/swip", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = SwipState)))]
async fn get_netblock_swip(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(block): Path<String>,
) -> api_v2::Result<Json<SwipState>> {
    let mut tx = registry.db.snapshot(&actor).await?;
    let block = ipam::held_block(&mut tx, &block).await?.id;
    Ok(Json(state(&mut tx, block).await?))
}

async fn state(tx: &mut store::Tx, block_id: BlockId) -> kernel::Result<SwipState> {
    let registration = tx.find::<RegistrationRow>("block_id = $1", params![block_id]).await?.pop();
    let request = read::last(tx, block_id).await?;
    Ok(SwipState {
        block_id,
        swipped: registration.is_some(),
        registration: registration.map(Registered::from),
        request: request.as_ref().map(Swip::from),
        preview: None,
    })
}

/// Register a block at ARIN, or take that back
///
/// A job does it: it looks at ARIN first, and never sends a write again before it has looked what became of it. Needs
/// the right SWIP on the resource that holds the block. With `dry_run`, the answer tells what would be sent, word for
/// word. The same request again, while it is under way, has it looked after once more.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/swip", tag = "IPAM", request_body = SwipRequest,
    params(("block" = String, Path, description = "Id or CIDR")),
    responses((status = 202, body = SwipState), (status = 200, body = SwipState)))]
async fn put_netblock_swip(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(body): Json<SwipRequest>,
) -> api_v2::Result<(StatusCode, Json<SwipState>)> {
    let new = body.of(&block);
    let (status, preview) = if body.dry_run {
        (StatusCode::OK, Some(registry.preview_swip(&actor, &new).await?))
    } else {
        let key = key(once, &("PUT swip", &block, &body))?;
        registry.start_swip(&actor, new, key).await?;
        (StatusCode::ACCEPTED, None)
    };
    let mut tx = registry.db.snapshot(&actor).await?;
    let block = ipam::held_block(&mut tx, &block).await?.id;
    let payload = |call: crate::arin::Rendered| Payload { method: call.method, path: call.path, body: call.body };
    let preview = preview.map(|calls| calls.into_iter().map(payload).collect());
    Ok((status, Json(SwipState { preview, ..state(&mut tx, block).await? })))
}

/// Take the registration of a block back
///
/// As `deassign`, through the LIR that registered it.
#[utoipa::path(delete, path = "/ipam/netblocks/{block}/swip", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 202, body = SwipState)))]
async fn delete_netblock_swip(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
) -> api_v2::Result<(StatusCode, Json<SwipState>)> {
    let key = key(once, &("DELETE swip", &block))?;
    registry.start_swip(&actor, NewSwip::new(block.as_str(), Action::Deassign), key).await?;
    let mut tx = registry.db.snapshot(&actor).await?;
    let block = ipam::held_block(&mut tx, &block).await?.id;
    Ok((StatusCode::ACCEPTED, Json(state(&mut tx, block).await?)))
}

/// What was said to the registry once, and what it answered
#[derive(Debug, Serialize, ToSchema)]
struct SwipExchange {
    /// The change of which it was a part.
    request_id: i64,
    /// When, in UTC.
    at: String,
    /// The method of HTTP.
    #[schema(example = "GET")]
    method: String,
    /// The path below the address of the registry.
    path: String,
    /// What was sent, the key aside.
    request: Option<String>,
    /// The status of the answer; null when there was none.
    status: Option<i64>,
    /// The answer, as far as it came.
    response: Option<String>,
}

impl From<Said> for SwipExchange {
    fn from(said: Said) -> Self {
        let Said { swip_id, at, method, path, request, status, response } = said;
        Self { request_id: swip_id, at: at.sql(), method, path, request, status, response }
    }
}

/// List what was said to the registry about a block
///
/// Word for word, the key aside, the last first. Needs the right SWIP on the resource that holds the block.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/swip/exchanges", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), PageQuery),
    responses((status = 200, body = [SwipExchange])))]
async fn list_netblock_swip_exchanges(
    State(registry): State<Registry>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<SwipExchange>> {
    let mut tx = registry.db.snapshot(&actor).await?;
    let block = ipam::held_block(&mut tx, &block).await?;
    may_send(&tx, &block.holder)?;
    let (said, more) = exchange::list(&mut tx, block.id, paged.page).await?;
    Ok(paged.answer(said.into_iter().map(SwipExchange::from).collect(), more))
}
