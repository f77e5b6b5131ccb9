//! Reading blocks.

use api_v1::{Answer, Params, Request};
use kernel::{BlockId, Error, Order, Page, ResourceId, Result, Timestamp};
use serde_json::{Value, json};

use super::{request, shape};
use crate::{
    Ipam,
    block::{
        BlockQuery, BlockRef, BlockView,
        filter::{Sort, When},
        options, read,
    },
    list::short,
    profile::Criteria,
};

pub(super) async fn get(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let mut tx = ipam.db.read(&request.actor).await?;
    let mut query = query(params)?;
    query.criteria = crate::block::listed(&mut tx, &query.criteria).await?;
    if let Some(wanted) = request::resource_query(params)? {
        query.holders = Some(holders(&mut tx, wanted).await?);
    } else if let Some(custom_id) = params.text("resourceHolderId")? {
        let wanted = resources::ResourceQuery { custom_id: Some(custom_id.to_owned()), ..Default::default() };
        query.holders = Some(holders(&mut tx, wanted).await?);
    }
    let (blocks, more) = read::list(&mut tx, &query).await?;
    let views = BlockView::all(&mut tx, blocks).await?;
    let with_attributes = params.flag("includeAttributes")?.unwrap_or(false);
    let data: Vec<Value> = views.iter().map(|view| shape(view, with_attributes)).collect();
    let found = data.len();
    let asked = params.has("selectCount");
    let message = if more && !asked {
        format!("{found} blocks found. There are more: use selectCount and selectOffset. ")
    } else {
        format!("{found} blocks found. ")
    };
    Ok(Answer::ok(message).data(data))
}

/// The resources whose blocks are wanted.
async fn holders(tx: &mut store::Tx, query: resources::ResourceQuery) -> Result<Vec<ResourceId>> {
    let found = resources::find(tx, &query).await?;
    Ok(found.resources.into_iter().map(|resource| resource.id).collect())
}

fn query(params: &Params) -> Result<BlockQuery> {
    let family = request::family(params)?;
    let ids = params.ids("id")?.map(|ids| ids.into_iter().map(BlockId).collect());
    let prefix = match params.text("block")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|e: kernel::PrefixError| Error::invalid("block", e.to_string()))?),
    };
    let page = Page {
        limit: params.number("selectCount")?.unwrap_or(Page::MOST),
        offset: params.number("selectOffset")?.unwrap_or(0),
    };
    if page.limit == 0 || page.limit > Page::MOST {
        return Err(Error::invalid("selectCount", format!("must be 1 to {}", Page::MOST)));
    }
    let criteria = request::criteria(params, false)?;
    Ok(BlockQuery {
        ids,
        prefix,
        first: params.number("address")?,
        last: params.number("endAddress")?,
        family,
        mask: request::mask(params, "mask", family)?,
        criteria: Criteria { region: params.text("region")?.map(|region| vec![region.to_owned()]), ..criteria },
        assigned: params.flag("isAssigned")?,
        leaf: params.flag("isAggregate")?,
        swipped: params.flag("isSwipped")?,
        sub_assignable: params.flag("allowSubAssignments")?,
        holders: params.number("resourceId")?.map(|id| vec![ResourceId(id)]),
        root: params.number("topAggregateId")?.map(BlockId),
        notes: params.text("notes")?.map(ToOwned::to_owned),
        updated: params.text("lastUpdateTime")?.map(when).transpose()?,
        search: request::text(params, "search", read::LONGEST_SEARCH)?,
        sort: sort(params)?,
        order: order(params)?,
        page,
        ..BlockQuery::default()
    })
}

/// A time with what stands before it: `=` exactly, `=>` after, `=<` before; the documents print wide signs.
fn when(text: &str) -> Result<(When, Timestamp)> {
    let text = text.replace('\u{fe65}', ">").replace('\u{fe64}', "<");
    let at = text.find(|c: char| !matches!(c, '=' | '<' | '>' | ' ')).unwrap_or(text.len());
    let (sign, time) = text.split_at(at);
    let when = match sign.trim() {
        "" | "=" => When::At,
        "=>" | ">=" | ">" => When::After,
        "=<" | "<=" | "<" => When::Before,
        other => return Err(Error::invalid("lastUpdateTime", format!("\"{other}\" is not =, => or =<"))),
    };
    let at = Timestamp::from_sql(time).ok_or_else(|| {
        let message = format!("\"{}\" is not a time such as 2015-08-19 21:08:54 (UTC)", short(time));
        Error::invalid("lastUpdateTime", message)
    })?;
    Ok((when, at))
}

fn sort(params: &Params) -> Result<Sort> {
    let Some(text) = params.text("sortField")? else { return Ok(Sort::default()) };
    let message = || format!("\"{}\" is no field to sort by; use one of {}", short(text), Sort::NAMES);
    Sort::parse(text).ok_or_else(|| Error::invalid("sortField", message()))
}

fn order(params: &Params) -> Result<Order> {
    let Some(text) = params.text("sortOrder")? else { return Ok(Order::default()) };
    Order::parse(text)
        .ok_or_else(|| Error::invalid("sortOrder", format!("\"{}\" is neither ASC nor DESC", short(text))))
}

pub(super) async fn options(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let options = options::options(&mut tx, id(&request.params)?).await?;
    let actions = if options.can_aggregate { vec!["aggregate"] } else { Vec::new() };
    let split = json!({ "name": "Auto Split", "masks": options.split_masks });
    let templates = if options.split_masks.is_empty() { Vec::new() } else { vec![split] };
    let message = format!("Options for {} ({})", options.block.prefix(), options.block.id);
    Ok(Answer::ok(message).with("options", json!({ "actions": actions, "templates": templates })))
}

/// The block that `id` names, where nothing else may.
fn id(params: &Params) -> Result<BlockRef> {
    params.required("id")?;
    let id = params.number("id")?.ok_or_else(|| Error::invalid("id", "is required"))?;
    Ok(BlockRef::Id(BlockId(id)))
}

pub(super) async fn vlan(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let held = request::block(&request.params)?.load(&mut tx, None).await?;
    let prefix = held.prefix();
    let vlan = held.profile.vlan.ok_or_else(|| Error::not_found(format!("{prefix} has no VLAN")))?;
    let view = BlockView::one(&mut tx, held.block).await?;
    Ok(Answer::ok(format!("Found VLAN {vlan} ({prefix})")).data(shape(&view, false)))
}

/// `success` is a text in this one answer, as in the original.
pub(super) async fn resource_hierarchy(ipam: Ipam, request: Request) -> Result<Answer> {
    let mut tx = ipam.db.read(&request.actor).await?;
    let held = id(&request.params)?.load(&mut tx, None).await?;
    let holder = json!([{ "id": held.holder.id.to_string(), "name": held.holder.name }]);
    Ok(Answer::bare().with("success", "1").data(holder))
}
