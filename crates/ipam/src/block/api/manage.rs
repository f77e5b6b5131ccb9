//! Adding, changing, splitting and removing blocks.

use std::fmt::Debug;

use api_v2::{Caller, IdempotencyKey, Json, Path, Query, Result};
use axum::{extract::State, http::StatusCode};
use kernel::{LirId, Patch, RuleId, VlanDomainId, VrfId};
use serde::{Deserialize, Serialize};
use store::RequestKey;
use utoipa::{IntoParams, ToSchema};

use super::{
    query::{self, in_words_of_v2},
    value::{self, NumberOrText, Tags},
};
use crate::{
    Ipam,
    block::{
        AddBlock, BlockRef, Netblock, NewBlock,
        aggregate::AggregateBlock,
        delete::DeleteBlock,
        split::SplitBlock,
        update::{self, BlockPatch, TagsAction, UpdateBlocks},
    },
    list::short,
    profile::Profile,
    space::Scheme,
    vlan_domain::DEFAULT_DOMAIN,
    vrf::NO_VRF,
};

/// The key of a request, when it carries one, with everything that the request says.
pub(crate) fn key(key: IdempotencyKey, request: &impl Debug) -> kernel::Result<Option<RequestKey>> {
    key.0.map(|key| RequestKey::new(key, &format!("{request:?}"))).transpose()
}

/// A body with the instance's own columns beside its other fields: `flatten` would let unknown fields pass.
macro_rules! with_meta {
    (@each [$($column:ident),+] $(#[$outer:meta])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $(#[$outer])*
        $vis struct $name {
            $($fields)*
            $(
                /// A column of the instance's own.
                #[serde(default)]
                #[schema(value_type = Option<String>)]
                $column: kernel::Patch<String>,
            )+
        }

        impl $name {
            fn meta(&self) -> kernel::Result<$crate::block::model::MetaPatch> {
                let longest = $crate::block::update::LONGEST_META;
                Ok($crate::block::model::MetaPatch {
                    $($column: super::value::text_patch(stringify!($column), self.$column.clone(), longest)?),+
                })
            }
        }
    };
    ($($body:tt)*) => {
        with_meta! {
            @each [meta1, meta2, meta3, meta4, meta5, meta6, meta7, meta8, meta9, meta10] $($body)*
        }
    };
}
pub(super) use with_meta;

with_meta! {
/// A new aggregate
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNetblock {
    /// The range of addresses.
    #[schema(example = "192.0.2.0/24")]
    cidr: String,
    /// The numbering authority.
    #[schema(example = "ARIN")]
    rir: String,
    /// Tags, as a list or a comma-separated text.
    #[serde(default)]
    tags: Option<Tags>,
    /// A VLAN id, 1 to 4094.
    #[serde(default)]
    vlan_id: Option<NumberOrText>,
    /// The resource that is to hold it.
    #[serde(default)]
    resource_id: Option<NumberOrText>,
    /// The code or id of a region.
    #[serde(default)]
    region_id: Option<NumberOrText>,
    /// An AS number.
    #[serde(default)]
    asn: Option<NumberOrText>,
    /// The generic code.
    #[serde(default)]
    code: Option<String>,
    /// Free text.
    #[serde(default)]
    notes: Option<String>,
    /// An LIR resource.
    #[serde(default)]
    lir_id: Option<NumberOrText>,
    /// The rule that it carries.
    #[serde(default)]
    rule_id: Option<NumberOrText>,
    /// The domain of the VLAN; without one, the default domain. In any other, the VLAN must be enabled.
    #[serde(default)]
    vlan_domain_id: Option<NumberOrText>,
    /// The VRF; without one, "No VRF".
    #[serde(default)]
    vrf_id: Option<NumberOrText>,
    /// Spreads the blocks of an IPv6 aggregate out: `leftmost`, `center` or `rightmost`.
    #[serde(default)]
    sparse_allocation: Option<String>,
    /// Whether pieces may be given on.
    #[serde(default)]
    allow_sub_assignments: bool,
    /// `true` to add it although it overlaps an aggregate of the same RIR.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    allow_duplicate: Option<serde_json::Value>,
}
}

/// Add an aggregate
#[utoipa::path(post, path = "/ipam/netblocks", tag = "IPAM", request_body = NewNetblock,
    responses((status = 201, body = Netblock)))]
pub(super) async fn add_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewNetblock>,
) -> Result<(StatusCode, Json<Netblock>)> {
    let key = key(once, &("add", &new))?;
    let rule = value::number("rule_id", new.rule_id.as_ref())?.map(RuleId);
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let profile = Profile {
        rir: new.rir.clone(),
        region: some(new.region_id.as_ref().map(NumberOrText::text)),
        vlan: value::number("vlan_id", new.vlan_id.as_ref())?.map(|vlan| update::vlan("vlan_id", vlan)).transpose()?,
        code: some(new.code.clone()).map(|code| update::text("code", &code, 100)).transpose()?,
        asn: some(new.asn.as_ref().map(NumberOrText::text)).map(|asn| query::asn(&asn)).transpose()?,
        lir: value::number("lir_id", new.lir_id.as_ref())?.map(LirId),
        tags: new.tags.clone().map(Tags::set).unwrap_or_default(),
        vlan_domain: value::number("vlan_domain_id", new.vlan_domain_id.as_ref())?.map_or(DEFAULT_DOMAIN, VlanDomainId),
        vrf: value::number("vrf_id", new.vrf_id.as_ref())?.map_or(NO_VRF, VrfId),
        rule: None,
        sparse: some(new.sparse_allocation.clone()).map(|name| scheme(&name)).transpose()?,
    };
    let block = NewBlock {
        prefix: query::prefix("cidr", &new.cidr)?,
        profile,
        holder: query::recipient(new.resource_id.as_ref(), None)?,
        sub_assignable: new.allow_sub_assignments,
        allow_duplicate: value::flag("allow_duplicate", new.allow_duplicate.as_ref())?,
        meta: new.meta()?.apply(None),
        rule,
        notes: some(new.notes).map(|notes| update::text("notes", &notes, update::LONGEST_NOTES)).transpose()?,
    };
    let in_words = |error| {
        let mut error = in_words_of_v2(error);
        error.fields_mut().into_iter().filter(|field| *field == "block").for_each(|field| "cidr".clone_into(field));
        error
    };
    let view = ipam.db.write(&actor, AddBlock { new: block, key }).await.map_err(in_words)?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

with_meta! {
/// What is to be changed; what is not named stays, and null clears
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NetblockPatch {
    /// The numbering authority.
    #[serde(default)]
    rir: Option<String>,
    /// A VLAN id, 1 to 4094.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    vlan_id: Patch<NumberOrText>,
    /// An AS number.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    asn: Patch<NumberOrText>,
    /// The code or id of a region.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    region_id: Patch<NumberOrText>,
    /// An LIR resource.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    lir_id: Patch<NumberOrText>,
    /// The generic code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Patch<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    notes: Patch<String>,
    /// Tags.
    #[serde(default)]
    tags: Option<Tags>,
    /// What is done with the tags: `replace` (the usual one), `add` or `delete`.
    #[serde(default)]
    tags_action: Option<String>,
    /// The rule that it carries. What is below follows it, unless it carries a rule of its own.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    rule_id: Patch<NumberOrText>,
    /// The domain of the VLAN; without one, the default domain. In any other, the VLAN must be enabled.
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    vlan_domain_id: Patch<NumberOrText>,
    /// The VRF, of a whole aggregate; null means "No VRF".
    #[serde(default)]
    #[schema(value_type = Option<NumberOrText>)]
    vrf_id: Patch<NumberOrText>,
    /// Spreads the blocks of an IPv6 aggregate out from now on, for good: `leftmost`, `center` or `rightmost`.
    #[serde(default)]
    sparse_allocation: Option<String>,
    /// Whether it is important.
    #[serde(default)]
    is_important: Option<bool>,
    /// The block at the other side of an address translation, by CIDR or id, IPv4 alone. The other block gets this one as
    /// its partner.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "203.0.113.0/28")]
    nat: Patch<NumberOrText>,
    /// Whether everything below gets the same attributes.
    #[serde(default)]
    propagate: bool,
    /// Whether pieces may be given on.
    #[serde(default)]
    allow_sub_assignments: Option<bool>,
}
}

/// Change a block
#[utoipa::path(patch, path = "/ipam/netblocks/{block}", tag = "IPAM", request_body = NetblockPatch,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn update_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(patch): Json<NetblockPatch>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("update", &block, &patch))?;
    let unknown = |text: &str| {
        kernel::Error::invalid("tags_action", format!("\"{}\" is not replace, add or delete", short(text)))
    };
    let action = match &patch.tags_action {
        None => TagsAction::default(),
        Some(text) if patch.tags.is_some() => TagsAction::parse(text).ok_or_else(|| unknown(text))?,
        Some(_) => return Err(kernel::Error::invalid("tags_action", "must be used together with tags").into()),
    };
    let block = query::block(&block)?;
    let meta = patch.meta()?;
    let changes = BlockPatch {
        rir: patch.rir,
        region: value::patch(patch.region_id, |region| Ok(region.text()))?,
        vlan: value::patch(patch.vlan_id, |vlan| update::vlan("vlan_id", vlan.number("vlan_id")?))?,
        code: value::text_patch("code", patch.code, 100)?,
        asn: value::patch(patch.asn, |asn| query::asn(&asn.text()))?,
        lir: value::patch(patch.lir_id, |lir| lir.number("lir_id").map(LirId))?,
        tags: patch.tags.map(|tags| (action, tags.set())),
        notes: value::text_patch("notes", patch.notes, update::LONGEST_NOTES)?,
        meta,
        sub_assignable: patch.allow_sub_assignments,
        vlan_domain: value::patch(patch.vlan_domain_id, |id| id.number("vlan_domain_id").map(VlanDomainId))?,
        important: patch.is_important,
        rule: value::patch(patch.rule_id, |id| id.number("rule_id").map(RuleId))?,
        vrf: match value::patch(patch.vrf_id, |id| id.number("vrf_id").map(VrfId))? {
            Patch::Keep => None,
            Patch::Clear => Some(NO_VRF),
            Patch::Set(vrf) => Some(vrf),
        },
        sparse: patch.sparse_allocation.as_deref().map(scheme).transpose()?,
        nat: value::patch(patch.nat, |which| BlockRef::parse("nat", &which.text()))?,
    };
    let work = UpdateBlocks { blocks: vec![block], patch: changes, propagate: patch.propagate, key };
    let view = ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?.pop();
    let view = view.ok_or_else(|| kernel::Error::internal("an update changed no block"))?;
    Ok(Json(view.into()))
}

/// A scheme of sparse allocation.
fn scheme(name: &str) -> kernel::Result<Scheme> {
    let message = || format!("\"{}\" is no scheme; use leftmost, center or rightmost", short(name));
    Scheme::from_name(name).ok_or_else(|| kernel::Error::invalid("sparse_allocation", message()))
}

/// How to delete
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteQuery {
    /// Whether to delete it even if it is split or somebody holds it or a part of it.
    force: Option<bool>,
}

/// Delete an aggregate
#[utoipa::path(delete, path = "/ipam/netblocks/{block}", tag = "IPAM",
    params(("block" = String, Path, description = "Id or CIDR"), DeleteQuery), responses((status = 204)))]
pub(super) async fn delete_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Query(how): Query<DeleteQuery>,
) -> Result<StatusCode> {
    let key = key(once, &("delete", &block, &how))?;
    let work = DeleteBlock { block: query::block(&block)?, force: how.force.unwrap_or(false), key };
    ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far to split
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitRequest {
    /// Into blocks of this mask.
    #[serde(default)]
    mask: Option<u8>,
    /// Into this many blocks, a power of two; with a mask, until there are this many of it.
    #[serde(default)]
    limit: Option<u32>,
}

/// Split a block
///
/// Without a mask and a limit: into its halves. Answers with the new leaves in address order.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/split", tag = "IPAM", request_body = SplitRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = [Netblock])))]
pub(super) async fn split_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<SplitRequest>,
) -> Result<Json<Vec<Netblock>>> {
    let key = key(once, &("split", &block, &request))?;
    let block = query::block(&block)?;
    let work = SplitBlock { block, mask: request.mask, limit: request.limit, names: ("mask", "limit"), key };
    let done = ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?;
    Ok(Json(done.leaves.into_iter().map(Netblock::from).collect()))
}

/// How far to aggregate
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateRequest {
    /// Everything smaller than this mask is merged; without it, the block and its sibling.
    #[serde(default)]
    mask: Option<u8>,
    /// Whether blocks that somebody holds are unassigned first.
    #[serde(default)]
    ignore_assignments: bool,
}

/// Merge blocks back
///
/// Answers with the block that survives.
#[utoipa::path(put, path = "/ipam/netblocks/{block}/aggregate", tag = "IPAM", request_body = AggregateRequest,
    params(("block" = String, Path, description = "Id or CIDR")), responses((status = 200, body = Netblock)))]
pub(super) async fn aggregate_netblock(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(block): Path<String>,
    once: IdempotencyKey,
    Json(request): Json<AggregateRequest>,
) -> Result<Json<Netblock>> {
    let key = key(once, &("aggregate", &block, &request))?;
    let work = AggregateBlock {
        block: query::block(&block)?,
        mask: request.mask,
        mask_name: "mask",
        ignore_assignments: request.ignore_assignments,
        key,
    };
    let done = ipam.db.write(&actor, work).await.map_err(in_words_of_v2)?;
    let first = done.into.into_iter().next().ok_or_else(|| kernel::Error::internal("nothing was aggregated"))?;
    Ok(Json(first.into()))
}
