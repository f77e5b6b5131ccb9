//! Giving blocks to resources and taking them back.

use api_v2::{Caller, IdempotencyKey, Json, Path, Query, Result};
use axum::extract::State;
use kernel::{BlockId, Error, ResourceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    manage::{key, with_meta},
    query::{self, Wanted, in_words_of_v2},
    value::{NumberOrText, Tags, number},
};
use crate::{
    Ipam,
    block::{
        Netblock, SmartAssign,
        direct_assign::DirectAssign,
        holding::{self, OverrideHolding, ProcessHoldingTank},
        move_block::MoveBlock,
        reserve::{ReleaseBlock, ReserveBlock},
        smart_assign::Source,
        unassign::UnassignBlock,
    },
};

with_meta! {
/// What is wanted
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SmartAssignRequest {
    /// The resource that is to get the block. Give this or `resource_query`.
    #[serde(default)]
    resource_id: Option<NumberOrText>,
    /// A query that finds exactly one resource.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    resource_query: Option<serde_json::Value>,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(example = "ipv4")]
    family: String,
    /// The numbering authority.
    #[serde(default)]
    #[schema(example = "ARIN")]
    rir: Option<String>,
    /// The size of the block.
    #[schema(example = 29)]
    mask: NumberOrText,
    /// Tags, as a comma-separated text or a list.
    #[serde(default)]
    tags: Option<Tags>,
    /// How the tags are meant: `strict`, `exclude`, `intersection` (the usual one) or `union`.
    #[serde(default)]
    tags_mode: Option<String>,
    /// Only space of this aggregate.
    #[serde(default)]
    top_aggregate: Option<NumberOrText>,
    /// Take the space from this resource's pool; `ignore` takes it from nobody or from any pool.
    #[serde(default)]
    assigned_resource_id: Option<NumberOrText>,
    /// A VLAN.
    #[serde(default)]
    vlan: Option<NumberOrText>,
    /// The domain of the VLAN.
    #[serde(default)]
    vlan_domain_id: Option<NumberOrText>,
    /// The VRF to take space from; without one, "No VRF", or that of `top_aggregate`.
    #[serde(default)]
    vrf_id: Option<NumberOrText>,
    /// The code or id of a region.
    #[serde(default)]
    region_id: Option<NumberOrText>,
    /// The generic code.
    #[serde(default)]
    code: Option<String>,
    /// An LIR.
    #[serde(default)]
    lir_id: Option<NumberOrText>,
    /// Whether pieces of it may be given on.
    #[serde(default)]
    allow_sub_assignments: bool,
}
}

/// The resource whose space is to be used; `ignore` means that of anybody.
fn source(id: Option<&NumberOrText>) -> kernel::Result<Source> {
    let field = "assigned_resource_id";
    match id {
        Some(NumberOrText::Text(text)) if text.eq_ignore_ascii_case("ignore") => Ok(Source::Any),
        id => Ok(number(field, id)?.map_or(Source::Available, |id| Source::Of(ResourceId(id)))),
    }
}

/// How the best block is assigned
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SmartAssignQuery {
    /// Whether the answer explains the choice: which free blocks there were, and what left them out.
    explain: Option<bool>,
}

/// Assign the best free block
///
/// Picks the smallest free block that is large enough and matches, at the lowest address, and splits it as far as
/// needed. No two requests ever get the same block. Where nothing is found, the problem says what left out which free
/// space.
#[utoipa::path(put, path = "/ipam/netblocks/smart_assign", tag = "IPAM", request_body = SmartAssignRequest,
    params(SmartAssignQuery), responses((status = 200, body = Netblock)))]
pub(super) async fn smart_assign_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Query(how): Query<SmartAssignQuery>,
    Json(request): Json<SmartAssignRequest>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("smart_assign", &request))?;
    let family = query::family("type", &request.family)?;
    let mask = request.mask.number("mask")?;
    let fits = u8::try_from(mask).ok().filter(|mask| *mask <= family.bits());
    let message = || format!("{mask} is not a mask of {family}; use 0 to {}", family.bits());
    let mask = fits.ok_or_else(|| Error::invalid("mask", message()))?;
    let meta = request.meta()?;
    let wanted = Wanted {
        rir: request.rir,
        region_id: request.region_id.map(|region| region.text()),
        vlan: number("vlan", request.vlan.as_ref())?,
        vlan_domain_id: number("vlan_domain_id", request.vlan_domain_id.as_ref())?,
        vrf_id: number("vrf_id", request.vrf_id.as_ref())?,
        code: request.code,
        asn: None,
        lir_id: number("lir_id", request.lir_id.as_ref())?,
        tags: request.tags,
        tags_mode: request.tags_mode,
    };
    let item = SmartAssign {
        family,
        mask,
        criteria: wanted.criteria()?,
        to: query::required_recipient(request.resource_id.as_ref(), request.resource_query.as_ref())?,
        from: source(request.assigned_resource_id.as_ref())?,
        root: number("top_aggregate", request.top_aggregate.as_ref())?.map(BlockId),
        sub_assignable: request.allow_sub_assignments,
        meta,
        explain: how.explain.unwrap_or(false),
        key,
    };
    Ok(Json(ipam.smart_assign.submit(&actor, item).await.map_err(in_words_of_v2)?.into()))
}

with_meta! {
/// Who is to get a block, and what it must be like
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DirectAssignRequest {
    /// The resource that is to get the block. Give this or `resource_query`.
    #[serde(default)]
    resource_id: Option<NumberOrText>,
    /// A query that finds exactly one resource.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    resource_query: Option<serde_json::Value>,
    /// The numbering authority that the block must have.
    #[serde(default)]
    rir: Option<String>,
    /// Tags that the block must have.
    #[serde(default)]
    tags: Option<Tags>,
    /// How the tags are meant: `strict`, `exclude`, `intersection` (the usual one) or `union`.
    #[serde(default)]
    tags_mode: Option<String>,
    /// The VLAN that the block must have.
    #[serde(default)]
    vlan: Option<NumberOrText>,
    /// The domain that the block's VLAN must be in.
    #[serde(default)]
    vlan_domain_id: Option<NumberOrText>,
    /// The VRF that the block must be in. Where the same CIDR is in several, it says which is meant.
    #[serde(default)]
    vrf_id: Option<NumberOrText>,
    /// The region that the block must have.
    #[serde(default)]
    region_id: Option<NumberOrText>,
    /// The generic code that the block must have.
    #[serde(default)]
    code: Option<String>,
    /// The LIR that the block must have.
    #[serde(default)]
    lir_id: Option<NumberOrText>,
    /// The aggregate that the block must lie in.
    #[serde(default)]
    top_aggregate: Option<NumberOrText>,
    /// The resource that must hold the block so far; `ignore` means anybody.
    #[serde(default)]
    assigned_resource_id: Option<NumberOrText>,
    /// Whether pieces of it may be given on.
    #[serde(default)]
    allow_sub_assignments: Option<bool>,
}
}

/// Assign this block
///
/// The block must be free, or lie in a free block, which is then split. Answers with a list of one.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/direct_assign", tag = "IPAM", request_body = DirectAssignRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = [Netblock])))]
pub(super) async fn direct_assign_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<DirectAssignRequest>,
) -> Result<Json<Vec<Netblock>>> {
    let key = key(once, &("direct_assign", &block, &request))?;
    let meta = request.meta()?;
    let from = match source(request.assigned_resource_id.as_ref())? {
        Source::Of(id) => Some(id),
        Source::Available | Source::Any => None,
    };
    let wanted = Wanted {
        rir: request.rir,
        region_id: request.region_id.map(|region| region.text()),
        vlan: number("vlan", request.vlan.as_ref())?,
        vlan_domain_id: number("vlan_domain_id", request.vlan_domain_id.as_ref())?,
        vrf_id: number("vrf_id", request.vrf_id.as_ref())?,
        code: request.code,
        asn: None,
        lir_id: number("lir_id", request.lir_id.as_ref())?,
        tags: request.tags,
        tags_mode: request.tags_mode,
    };
    let work = DirectAssign {
        blocks: vec![query::block(&block)?],
        field: "block",
        to: query::required_recipient(request.resource_id.as_ref(), request.resource_query.as_ref())?,
        criteria: wanted.criteria()?,
        root: number("top_aggregate", request.top_aggregate.as_ref())?.map(BlockId),
        from,
        sub_assignable: request.allow_sub_assignments,
        meta,
        key,
    };
    let done = ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?;
    Ok(Json(done.blocks.into_iter().map(Netblock::from).collect()))
}

/// Who is to get a block
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveRequest {
    /// The resource that is to get the block. Give this or `resource_query`.
    #[serde(default)]
    resource_id: Option<NumberOrText>,
    /// A query that finds exactly one resource.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    resource_query: Option<serde_json::Value>,
}

/// Move a block to another holder
///
/// Past the holding tank and the available space. What the holder has of the block moves with it; what has been given on
/// stays with those who have it, and goes back to the new holder. Needs the right to update blocks of both.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/move", tag = "IPAM", request_body = MoveRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn move_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<MoveRequest>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("move", &block, &request))?;
    let to = query::required_recipient(request.resource_id.as_ref(), request.resource_query.as_ref())?;
    let work = MoveBlock { block: query::block(&block)?, to, key };
    Ok(Json(ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.into()))
}

/// Until when
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReserveRequest {
    /// The end (RFC 3339); without one, it does not end by itself.
    #[serde(default)]
    #[schema(example = "2027-01-31T12:00:00Z")]
    until: Option<String>,
}

/// Reserve a free block
///
/// Until the reservation ends or is released, smart assign does not find the block, and only whoever reserved it may have
/// it assigned, as a whole.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/reserve", tag = "IPAM", request_body = ReserveRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn reserve_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<ReserveRequest>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("reserve", &block, &request))?;
    let until = request.until.as_deref().map(|text| api_v2::instant("until", text)).transpose()?;
    let work = ReserveBlock { block: query::block(&block)?, until, key };
    Ok(Json(ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.into()))
}

/// Release a reserved block
#[utoipa::path(put, path = "/ipam/netblocks/{block}/release", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn release_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
) -> Result<Json<Netblock>> {
    let key = key(once, &("release", &block))?;
    let work = ReleaseBlock { block: query::block(&block)?, key };
    Ok(Json(ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.into()))
}

/// How to take a block back
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnassignRequest {
    /// Whether the block skips the holding tank.
    #[serde(default)]
    skip_holding: bool,
}

/// Take a block back
///
/// It goes into the holding tank; or, when that is skipped, to the pool it came from or to the available space.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/unassign", tag = "IPAM", request_body = UnassignRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn unassign_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<UnassignRequest>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("unassign", &block, &request))?;
    let work = UnassignBlock { block: query::block(&block)?, skip_holding: request.skip_holding, key };
    Ok(Json(ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.into()))
}

/// Take a block out of the holding tank at once
#[utoipa::path(put, path = "/ipam/netblocks/{block}/override_holding", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn override_holding_of_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
) -> Result<Json<Netblock>> {
    let key = key(once, &("override_holding", &block))?;
    let work = OverrideHolding { block: query::block(&block)?, key };
    Ok(Json(ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.into()))
}

/// Whether to look only
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcessHoldingRequest {
    /// Whether to list the blocks without moving them.
    #[serde(default)]
    preview: bool,
}

/// Process the holding tank
///
/// Every block that has rested there for 30 days becomes free again. Answers with those blocks.
#[utoipa::path(put, path = "/ipam/holding_tank/process", tag = "IPAM", request_body = ProcessHoldingRequest,
    responses((status = 200, body = [Netblock])))]
pub(super) async fn process_holding_tank(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(request): Json<ProcessHoldingRequest>,
) -> Result<Json<Vec<Netblock>>> {
    let processed = if request.preview {
        let mut tx = ipam.db.read(&actor).await?;
        holding::preview(&mut tx).await?
    } else {
        let key = key(once, &"process_holding_tank")?;
        ipam.db.write(&actor, ProcessHoldingTank { key }).await?
    };
    Ok(Json(processed.blocks.into_iter().map(Netblock::from).collect()))
}
