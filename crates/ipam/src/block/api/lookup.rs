//! Reading blocks.

use api_v2::{Caller, Json, Listed, PageQuery, Paged, Path, Query, Result, When, instant};
use axum::extract::State;
use kernel::{Action, AddrKey, Area, Error, ResourceId, Rights};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::query::{self, NetblockQuery};
use crate::{
    Ipam,
    block::{
        BlockView, Netblock, find, listed, options,
        past::{as_of, rewind_to},
        read,
    },
    list::short,
};

/// List blocks
///
/// Answers with the blocks that meet all given filters and that the caller may see, in address order, the larger
/// block first. When there are more, a `Link` header says where they are. With `as_of`, the list as it would have been
/// at that time, for the permissions of now; names of regions and registrations are those of now.
#[utoipa::path(get, path = "/ipam/netblocks", tag = "IPAM", params(NetblockQuery, PageQuery),
    responses((status = 200, body = [Netblock])))]
pub(super) async fn list_netblocks(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    paged: Paged<NetblockQuery>,
) -> Result<Listed<Netblock>> {
    let mut tx = ipam.db.snapshot(&actor).await?;
    rewind_to(&mut tx, paged.query.at()?).await?;
    let mut query = paged.query.clone().query(paged.page)?;
    query.criteria = listed(&mut tx, &query.criteria).await.map_err(query::in_words_of_v2)?;
    let (blocks, more) = read::list(&mut tx, &query).await?;
    let views = BlockView::all(&mut tx, blocks).await?;
    Ok(paged.answer(views.into_iter().map(Netblock::from).collect(), more))
}

/// Get a block
///
/// The block is named by its id or its CIDR; as it is, or as it was at a time.
#[utoipa::path(get, path = "/ipam/netblocks/{block}", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), When), responses((status = 200, body = Netblock)))]
pub(super) async fn get_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    Query(when): Query<When>,
) -> Result<Json<Netblock>> {
    let (which, at) = (query::block(&block)?, when.at()?);
    let mut tx = ipam.db.snapshot(&actor).await?;
    if let Some(at) = at {
        return Ok(Json(as_of(&mut tx, which, at).await?.into()));
    }
    let held = which.load(&mut tx, None).await?;
    Ok(Json(BlockView::one(&mut tx, held.block).await?.into()))
}

/// What can be done with a block
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetblockOptions {
    /// `aggregate` when the block and its sibling can be merged.
    actions: Vec<&'static str>,
    /// The masks that the block can be split to.
    split_masks: Vec<u8>,
}

/// Get the options of a block
#[utoipa::path(get, path = "/ipam/netblocks/{block}/options", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = NetblockOptions)))]
pub(super) async fn get_netblock_options(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
) -> Result<Json<NetblockOptions>> {
    let mut tx = ipam.db.read(&actor).await?;
    let options = options::options(&mut tx, query::block(&block)?).await?;
    let actions = if options.can_aggregate { vec!["aggregate"] } else { Vec::new() };
    Ok(Json(NetblockOptions { actions, split_masks: options.split_masks }))
}

/// Where a list of children begins
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ChildrenQuery {
    /// Begin with the leaf at or behind this address: the last one's end plus one gives the next page.
    from: Option<String>,
    /// How many to return at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// As of this time (RFC 3339), all changes of that very moment included. A time since which too much has changed is
    /// refused.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

/// List the leaves below a block
///
/// Answers with the leaves in address order; they tile the block exactly.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/children", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), ChildrenQuery),
    responses((status = 200, body = [Netblock])))]
pub(super) async fn list_netblock_children(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    Query(place): Query<ChildrenQuery>,
) -> Result<Json<Vec<Netblock>>> {
    let limit = place.limit.unwrap_or(kernel::Page::USUAL);
    if !(1..=PageQuery::MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("must be 1 to {}", PageQuery::MOST)).into());
    }
    let at = place.as_of.as_deref().map(|text| instant("as_of", text)).transpose()?;
    let mut tx = ipam.db.snapshot(&actor).await?;
    rewind_to(&mut tx, at).await?;
    let held = query::block(&block)?.load(&mut tx, None).await?;
    let from = match &place.from {
        None => held.prefix().key(),
        Some(text) => {
            let address: std::net::IpAddr =
                text.parse().map_err(|_| Error::invalid("from", format!("\"{}\" is not an address", short(text))))?;
            AddrKey::from(address).max(held.prefix().key())
        }
    };
    let leaves = find::leaves_below(&mut tx, &held.block, from, limit).await?;
    let mut views = BlockView::all(&mut tx, leaves).await?;
    let read = Rights::of(Area::Ipam, Action::Read);
    views.retain(|view| view.rights.has(read));
    Ok(Json(views.into_iter().map(Netblock::from).collect()))
}

/// A free address
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FirstAvailable {
    /// The address as a block of one.
    #[schema(example = "10.0.0.5/32")]
    cidr: String,
}

/// Find the first free address of a block
#[utoipa::path(get, path = "/ipam/netblocks/{block}/first_available", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = FirstAvailable)))]
pub(super) async fn get_first_available(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
) -> Result<Json<FirstAvailable>> {
    let mut tx = ipam.db.read(&actor).await?;
    let free = options::first_available(&mut tx, query::block(&block)?).await?;
    let free = free.ok_or_else(|| Error::not_found(format!("No address of {block} is free")))?;
    Ok(Json(FirstAvailable { cidr: free.to_string() }))
}

/// A resource by id and name
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Holder {
    /// Its id.
    #[schema(value_type = i64)]
    id: ResourceId,
    /// Its name.
    name: String,
}

/// List the resources above a block
///
/// The holder first, then the resources that it lies in, as far up as the caller may read.
#[utoipa::path(get, path = "/ipam/netblocks/{block}/resource_hierarchy", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = [Holder])))]
pub(super) async fn get_netblock_resource_hierarchy(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
) -> Result<Json<Vec<Holder>>> {
    let mut tx = ipam.db.read(&actor).await?;
    let held = query::block(&block)?.load(&mut tx, None).await?;
    let lineage = held.holder.lineage();
    let mut known = resources::load(&mut tx, &lineage).await?;
    let read = [Area::Ipam, Area::Resource].map(|area| Rights::of(area, Action::Read));
    known.retain(|_, resource| read.iter().any(|right| resource.rights(&actor).has(*right)));
    let above = lineage.iter().filter_map(|id| known.remove(id)).map(|r| Holder { id: r.id, name: r.name });
    Ok(Json(above.collect()))
}
