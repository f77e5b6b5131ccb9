//! Adding, changing, splitting and removing blocks.

use api_v1::{Answer, Request};
use kernel::{Error, LirId, Result};
use serde_json::{Value, json};

use super::{request, shape};
use crate::{
    Ipam,
    block::{
        AddBlock, NewBlock,
        add_tag::ChangeTag,
        aggregate::AggregateBlock,
        delete::DeleteBlock,
        split::SplitBlock,
        update::{BlockPatch, LONGEST_NOTES, TagsAction, UpdateBlocks},
    },
    profile::{Profile, tag_set},
};

pub(super) async fn add(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let block = params.required("block")?;
    let prefix = block.parse().map_err(|e: kernel::PrefixError| Error::invalid("block", e.to_string()))?;
    let profile = Profile {
        rir: params.required("rir")?.to_owned(),
        region: params.text("region")?.map(ToOwned::to_owned),
        vlan: request::vlan(params)?,
        code: request::text(params, "code", 100)?,
        asn: request::asn(params)?,
        lir: params.number("lirId")?.map(LirId),
        tags: tag_set(params.names("tags")?.unwrap_or_default()),
        ..Profile::default()
    };
    let new = NewBlock {
        prefix,
        profile,
        holder: request::resource(params)?,
        sub_assignable: params.flag("allowSubAssignments")?.unwrap_or(false),
        allow_duplicate: params.flag("allowDuplicate")?.unwrap_or(false),
        notes: request::text(params, "notes", LONGEST_NOTES)?,
        meta: None,
        rule: None,
    };
    let view = ipam.db.write(&request.actor, AddBlock { new, key: None }).await?;
    let message = format!("Block {} ({}) added", view.block.prefix(), view.block.id);
    Ok(Answer::ok(message).with("id", view.block.id.0).data(shape(&view, false)))
}

pub(super) async fn update(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let blocks = request::blocks(params)?;
    let many = blocks.len() > 1;
    let own = |text: &str| text.to_owned();
    let patch = BlockPatch {
        rir: params.text("rir")?.map(own),
        region: request::patch(params, "region", |p| Ok(p.text("region")?.map(own)))?,
        vlan: request::patch(params, "vlan", request::vlan)?,
        code: request::patch(params, "code", |p| request::text(p, "code", 100))?,
        asn: request::patch(params, "asn", request::asn)?,
        lir: request::patch(params, "lirId", |p| Ok(p.number("lirId")?.map(LirId)))?,
        tags: request::tags(params)?,
        notes: request::patch(params, "notes", |p| request::text(p, "notes", LONGEST_NOTES))?,
        sub_assignable: params.flag("allowSubAssignments")?,
        ..BlockPatch::default()
    };
    let propagate = params.flag("propagate")?.unwrap_or(false);
    let views = ipam.db.write(&request.actor, UpdateBlocks { blocks, patch, propagate, key: None }).await?;
    match views.as_slice() {
        [one] if !many => {
            let message = format!("Block {} ({}) updated", one.block.prefix(), one.block.id);
            Ok(Answer::ok(message).data(shape(one, false)))
        }
        all => {
            let data: Vec<Value> = all.iter().map(|view| shape(view, false)).collect();
            Ok(Answer::ok(format!("{} blocks updated", all.len())).data(data))
        }
    }
}

pub(super) async fn delete(ipam: Ipam, request: Request) -> Result<Answer> {
    let force = request.params.flag("force")?.unwrap_or(false);
    let block = request::block(&request.params)?;
    let view = ipam.db.write(&request.actor, DeleteBlock { block, force, key: None }).await?;
    Ok(Answer::ok(format!("Aggregate deleted: {}", view.block.prefix())).data(shape(&view, false)))
}

pub(super) async fn add_tag(ipam: Ipam, request: Request) -> Result<Answer> {
    change_tag(ipam, request, TagsAction::Add, "Tag Added.").await
}

pub(super) async fn delete_tag(ipam: Ipam, request: Request) -> Result<Answer> {
    change_tag(ipam, request, TagsAction::Delete, "Tag Removed.").await
}

async fn change_tag(ipam: Ipam, request: Request, action: TagsAction, message: &str) -> Result<Answer> {
    let block = request::block(&request.params)?;
    let tag = request.params.required("tag")?.to_owned();
    let view = ipam.db.write(&request.actor, ChangeTag { block, tag, action }).await?;
    Ok(Answer::ok(message).data(shape(&view, false)))
}

pub(super) async fn split(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let names = ("autoSplitToMask", "autoSplitLimit");
    let (mask, limit) = (request::mask(params, names.0, None)?, params.number(names.1)?);
    let work = SplitBlock { block: request::block(params)?, mask, limit, names, key: None };
    let done = ipam.db.write(&request.actor, work).await?;
    let [low, high] = &done.halves;
    let whole = done.block.block.prefix();
    let message = if mask.is_none() && limit.is_none() {
        format!("{whole} split into {} and {}", low.prefix(), high.prefix())
    } else {
        let longest = done.leaves.iter().map(|leaf| leaf.block.mask).max().unwrap_or(low.mask);
        let count = done.leaves.iter().filter(|leaf| leaf.block.mask == longest).count();
        format!("{whole} split into {count} /{longest} blocks")
    };
    Ok(Answer::ok(message).data(json!({ "child1": low.id, "child2": high.id })))
}

pub(super) async fn aggregate(ipam: Ipam, request: Request) -> Result<Answer> {
    let params = &request.params;
    let mask_name = "autoAggregateToMask";
    let work = AggregateBlock {
        block: request::block(params)?,
        mask: request::mask(params, mask_name, None)?,
        mask_name,
        ignore_assignments: params.flag("ignoreAssignments")?.unwrap_or(false),
        key: None,
    };
    let done = ipam.db.write(&request.actor, work).await?;
    match done.into.as_slice() {
        [one] => {
            let message = format!("{} aggregated into {}", done.named, one.block.prefix());
            Ok(Answer::ok(message).with("id", one.block.id.0))
        }
        all => {
            let mask = all.first().map_or(0, |view| view.block.mask);
            Ok(Answer::ok(format!("{} aggregated into {} /{mask} blocks", done.named, all.len())))
        }
    }
}
