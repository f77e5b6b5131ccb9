//! Giving blocks to resources and taking them back.

use api_v1::{Answer, Request};
use kernel::{Error, Family, ResourceId, Result};
use serde_json::{Value, json};

use super::{request, shape};
use crate::{
    Ipam,
    block::{
        BlockView, SmartAssign,
        direct_assign::DirectAssign,
        holding::{self, OverrideHolding, ProcessHoldingTank},
        model::MetaPatch,
        smart_assign::Source,
        unassign::UnassignBlock,
    },
    list::short,
};

pub(super) async fn smart(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let missing = |name: &str| Error::invalid(name, "is required");
    let family = request::family(params)?.ok_or_else(|| missing("type"))?;
    let mask = request::mask(params, "mask", Some(family))?.ok_or_else(|| missing("mask"))?;
    params.required("rir")?;
    let from = match params.text("assignedResourceId")? {
        None => Source::Available,
        Some(text) if text.eq_ignore_ascii_case("ignore") => Source::Any,
        Some(text) => Source::Of(ResourceId(text.parse().map_err(|_| {
            let message = format!("\"{}\" is neither the id of a resource nor \"ignore\"", short(text));
            Error::invalid("assignedResourceId", message)
        })?)),
    };
    let item = SmartAssign {
        family,
        mask,
        criteria: request::criteria(params, false)?,
        to: request::required_resource(params)?,
        from,
        root: None,
        sub_assignable: params.flag("allowSubAssignments")?.unwrap_or(false),
        meta: MetaPatch::default(),
        explain: false,
        key: None,
    };
    let view = ipam.smart_assign.submit(&request.actor, item).await?;
    let message = format!("Assigned {} to {} via Smart Assign", view.block.prefix(), holder(&view));
    Ok(Answer::ok(message).with("id", view.block.id.0).data(shape(&view, false)))
}

/// The holder as messages name it: the name, and the id in brackets.
fn holder(view: &BlockView) -> String {
    let name = view.holder_name.as_deref().unwrap_or("Resource");
    format!("{name} ({})", view.block.holder)
}

pub(super) async fn direct(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let blocks = request::blocks(params)?;
    let field = if params.has("id") { "id" } else { "block" };
    let many = blocks.len() > 1;
    let work = DirectAssign {
        blocks,
        field,
        to: request::required_resource(params)?,
        criteria: request::criteria(params, false)?,
        root: None,
        from: None,
        sub_assignable: params.flag("allowSubAssignments")?,
        meta: MetaPatch::default(),
        key: None,
    };
    let done = ipam.db.write(&request.actor, work).await?;
    match done.blocks.as_slice() {
        [one] if !many => {
            let message = format!("Assigned {} to {}", one.block.prefix(), holder(one));
            Ok(Answer::ok(message).with("id", one.block.id.0).data(shape(one, false)))
        }
        all => {
            let ids: Vec<_> = all.iter().map(|view| view.block.id).collect();
            let to = all.first().map_or_else(String::new, holder);
            let message = format!("Assigned {} blocks to {to} via Direct Assign", ids.len());
            Ok(Answer::ok(message).data(json!({ "ids": ids })))
        }
    }
}

pub(super) async fn unassign(ipam: Ipam, request: Request) -> Result<Answer> {
    let skip_holding = request.params.flag("skipHolding")?.unwrap_or(false);
    let block = request::block(&request.params)?;
    let view = ipam.db.write(&request.actor, UnassignBlock { block, skip_holding, key: None }).await?;
    let message = format!("{} unassigned", view.block.prefix());
    Ok(Answer::ok(message).with("id", view.block.id.0).data(shape(&view, false)))
}

pub(super) async fn override_holding(ipam: Ipam, request: Request) -> Result<Answer> {
    let block = request::block(&request.params)?;
    let view = ipam.db.write(&request.actor, OverrideHolding { block, key: None }).await?;
    let to = view.holder_name.as_deref().unwrap_or_default();
    let message = format!("{} unassigned and returned to resource {to}", view.block.prefix());
    Ok(Answer::ok(message).with("id", view.block.id.0).data(shape(&view, true)))
}

/// The original's documents name this action for the override of one block as well: with a block, it is that.
pub(super) async fn process_holding(ipam: Ipam, request: Request) -> Result<Answer> {
    if request.params.has("id") || request.params.has("block") {
        return override_holding(ipam, request).await;
    }
    let preview = request.params.flag("preview")?.unwrap_or(false);
    let processed = if preview {
        let mut tx = ipam.db.read(&request.actor).await?;
        holding::preview(&mut tx).await?
    } else {
        ipam.db.write(&request.actor, ProcessHoldingTank { key: None }).await?
    };
    let (v4, v6) = (processed.count(Family::Ipv4), processed.count(Family::Ipv6));
    let verb = if preview { "would be" } else { "were" };
    let data: Vec<Value> = processed.blocks.iter().map(|view| shape(view, false)).collect();
    let message = format!("{v4} IPv4 and {v6} IPv6 blocks {verb} moved to the available pool. ");
    Ok(Answer::ok(message).data(data))
}
