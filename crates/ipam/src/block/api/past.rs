//! The past of blocks.

use api_v2::{Between, Caller, Json, Listed, NoFilter, PageQuery, Paged, Path, Query, Result, drop_equal, instant};
use axum::extract::State;
use kernel::{Actor, BlockId, Error, ResourceId, Timestamp, VrfId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::query;
use crate::{
    Ipam,
    block::{
        BlockRef, BlockView, Netblock,
        past::{BlockChange, Seen, as_of, history},
        tenure::{Tenure, tenures},
    },
    list::short,
};

/// A change of a block
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetblockHistoryEntry {
    /// The id of the change.
    id: i64,
    /// When, in UTC and to the microsecond (RFC 3339): as `as_of`, it shows the block as this change left it.
    #[schema(example = "2026-01-31T14:05:09.250000Z")]
    at: String,
    /// Who.
    actor: String,
    /// By which operation.
    #[schema(example = "block.split")]
    operation: String,
    /// In which request.
    request: String,
    /// The fields that changed, as they were; `null` when the block was made. Empty where a resource held it that the
    /// caller may not read.
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    before: Option<Map<String, Value>>,
    /// The same fields afterwards; `null` when the block went: with its aggregate, or into a larger block.
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    after: Option<Map<String, Value>>,
}

/// List the changes of a block
///
/// The newest first. The history of a block that is gone can still be read.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/history", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), PageQuery),
    responses((status = 200, body = [NetblockHistoryEntry])))]
pub(super) async fn list_netblock_history(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    paged: Paged<NoFilter>,
) -> Result<Listed<NetblockHistoryEntry>> {
    let mut tx = ipam.db.snapshot(&actor).await?;
    let (changes, more) = history(&mut tx, query::block(&block)?, paged.page).await?;
    let entries = changes.into_iter().map(entry).collect::<kernel::Result<_>>()?;
    Ok(paged.answer(entries, more))
}

fn entry(BlockChange { change, before, after }: BlockChange) -> kernel::Result<NetblockHistoryEntry> {
    let (mut before, mut after) = (before.map(side).transpose()?, after.map(side).transpose()?);
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        drop_equal(before, after);
    }
    let (id, at) = (change.id.0, change.at.exact());
    let store::Change { actor, operation, request, .. } = change;
    Ok(NetblockHistoryEntry { id, at, actor, operation, request, before, after })
}

fn side(seen: Seen) -> kernel::Result<Map<String, Value>> {
    match seen {
        Seen::Block(view) => fields(*view),
        Seen::Hidden => Ok(Map::new()),
    }
}

/// What is not the same at two times
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetblockDifference {
    /// The fields at the first time, as the block itself shows them.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    before: Map<String, Value>,
    /// The same fields at the second time.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    after: Map<String, Value>,
}

/// Compare a block at two times
///
/// Only fields that differ are in the answer. Where the block was not there, that side is empty. A CIDR means whatever
/// block was in that place at each time.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/difference", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), Between),
    responses((status = 200, body = NetblockDifference)))]
pub(super) async fn compare_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    Query(between): Query<Between>,
) -> Result<Json<NetblockDifference>> {
    let (block, (from, to)) = (query::block(&block)?, between.instants()?);
    let before = there(&ipam, &actor, block, Some(from)).await?;
    let after = there(&ipam, &actor, block, to).await?;
    if before.is_none() && after.is_none() {
        return Err(Error::not_found(format!("There was no block {block} at either time")).into());
    }
    let mut before = before.map(fields).transpose()?.unwrap_or_default();
    let mut after = after.map(fields).transpose()?.unwrap_or_default();
    drop_equal(&mut before, &mut after);
    Ok(Json(NetblockDifference { before, after }))
}

/// The block at a time, or now, if it was there and the caller may see it.
async fn there(
    ipam: &Ipam,
    actor: &Actor,
    block: BlockRef,
    at: Option<Timestamp>,
) -> kernel::Result<Option<BlockView>> {
    let mut tx = ipam.db.snapshot(actor).await?;
    let at = at.unwrap_or(tx.now());
    match as_of(&mut tx, block, at).await {
        Err(Error::NotFound(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// The fields as they are shown, but for the rights, which have no past.
fn fields(view: BlockView) -> kernel::Result<Map<String, Value>> {
    let shown = serde_json::to_value(Netblock::from(view)).map_err(Error::internal)?;
    let Value::Object(mut fields) = shown else { return Err(Error::internal("a block was shown that is no object")) };
    fields.remove("permissions");
    Ok(fields)
}

/// Which address, and when
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldersQuery {
    /// The address.
    #[param(example = "192.0.2.77")]
    address: Option<String>,
    /// At this time alone (RFC 3339).
    #[param(example = "2026-01-31T14:05:09Z")]
    at: Option<String>,
    /// In this VRF alone; 1 is "No VRF".
    vrf_id: Option<i64>,
}

/// A time during which a resource held an address
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HolderPeriod {
    /// The resource.
    #[schema(value_type = i64)]
    resource_id: ResourceId,
    /// Its name: of now, or of its end.
    resource_name: Option<String>,
    /// The block that the address was in, at the end of that time.
    #[schema(example = "192.0.2.64/26")]
    cidr: String,
    /// Its id.
    #[schema(value_type = i64)]
    netblock_id: BlockId,
    /// Its VRF.
    #[schema(value_type = i64)]
    vrf_id: VrfId,
    /// `assigned`, `pool`, or `holding` for the rest in the holding tank.
    #[schema(example = "assigned")]
    state: &'static str,
    /// From when on, in UTC and to the microsecond (RFC 3339).
    #[schema(example = "2026-01-31T14:05:09.250000Z")]
    from: String,
    /// Until when; null when that has not come yet.
    until: Option<String>,
    /// Who gave it to the resource.
    actor: String,
    /// By which operation.
    #[schema(example = "block.smart_assign")]
    operation: String,
}

impl From<Tenure> for HolderPeriod {
    fn from(tenure: Tenure) -> Self {
        let Tenure { view, from, until, by, operation } = tenure;
        Self {
            resource_id: view.block.holder,
            resource_name: view.holder_name,
            cidr: view.block.prefix().to_string(),
            netblock_id: view.block.id,
            vrf_id: view.profile.vrf,
            state: view.block.state.name(),
            from: from.exact(),
            until: until.map(Timestamp::exact),
            actor: by,
            operation,
        }
    }
}

/// List who held an address when
///
/// Over all blocks that the address has ever been in, the latest first; also when these are gone. While nobody held it,
/// nobody is named; holders that the caller may not see are left out.
#[utoipa::path(get, path = "/ipam/holders", tag = "IPAM", params(HoldersQuery, PageQuery),
    responses((status = 200, body = [HolderPeriod])))]
pub(super) async fn list_holders(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    paged: Paged<HoldersQuery>,
) -> Result<Listed<HolderPeriod>> {
    let HoldersQuery { address, at, vrf_id } = paged.query.clone();
    let address = address.ok_or_else(|| Error::invalid("address", "is required"))?;
    let invalid = |_| Error::invalid("address", format!("\"{}\" is not an address", short(&address)));
    let address = address.trim().parse().map_err(invalid)?;
    let at = at.as_deref().map(|text| instant("at", text)).transpose()?;
    let mut tx = ipam.db.snapshot(&actor).await?;
    let found = tenures(&mut tx, address, at, vrf_id.map(VrfId)).await?;
    let (offset, limit) = (paged.page.offset as usize, paged.page.limit as usize);
    let more = found.len() > offset.saturating_add(limit);
    Ok(paged.answer(found.into_iter().skip(offset).take(limit).map(HolderPeriod::from).collect(), more))
}
