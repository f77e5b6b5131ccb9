//! The parameters of requests on blocks, and what they mean.

use api_v2::instant;
use kernel::{Asn, BlockId, Error, Family, LirId, Order, ResourceId, Result, Timestamp, VlanDomainId, VrfId};
use resources::ResourceQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use super::value::{NumberOrText, Tags};
use crate::{
    block::{
        BlockQuery, BlockRef, State,
        filter::Sort,
        read,
        recipient::{Recipient, Who},
        update,
    },
    list::short,
    profile::{Criteria, TagsMode},
};

/// Which blocks are wanted. All given filters must be met.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetblockQuery {
    /// Ids, separated by commas.
    pub(crate) id: Option<String>,
    /// Exactly this range.
    #[param(example = "192.0.2.0/24")]
    pub(crate) cidr: Option<String>,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    pub(crate) family: Option<String>,
    /// The numbering authority.
    pub(crate) rir: Option<String>,
    /// The code or id of a region.
    pub(crate) region_id: Option<String>,
    /// The code or name of a region.
    pub(crate) region: Option<String>,
    /// A VLAN.
    pub(crate) vlan: Option<i64>,
    /// A VLAN domain.
    pub(crate) vlan_domain_id: Option<i64>,
    /// A VRF; 1 is "No VRF".
    pub(crate) vrf_id: Option<i64>,
    /// The generic code.
    pub(crate) code: Option<String>,
    /// An AS number.
    pub(crate) asn: Option<String>,
    /// An LIR.
    pub(crate) lir_id: Option<i64>,
    /// Tags, separated by commas.
    pub(crate) tags: Option<String>,
    /// How the tags are meant: `strict`, `exclude`, `intersection` (the usual one) or `union`.
    pub(crate) tags_mode: Option<String>,
    /// A prefix length.
    pub(crate) mask: Option<u8>,
    /// `available`, `assigned`, `pool`, `holding` or `split`.
    pub(crate) state: Option<String>,
    /// Whether a resource uses it up.
    pub(crate) assigned: Option<bool>,
    /// Whether it is a leaf.
    pub(crate) is_aggregate: Option<bool>,
    /// Whether pieces may be given on.
    pub(crate) allow_sub_assignments: Option<bool>,
    /// The resource that holds it.
    pub(crate) resource_id: Option<i64>,
    /// A top-level aggregate; `null` for the top-level aggregates themselves.
    pub(crate) top_aggregate: Option<String>,
    /// The block whose halves are wanted.
    pub(crate) parent: Option<i64>,
    /// An address that the block contains.
    #[param(example = "192.0.2.77")]
    pub(crate) address: Option<String>,
    /// Exactly these notes.
    pub(crate) notes: Option<String>,
    /// Text in the notes, attributes or holder's name, or the beginning of an address.
    pub(crate) q: Option<String>,
    /// `cidr` (the usual one), `mask`, `rir`, `vlan`, `code` or `last_update_time`.
    pub(crate) order_by: Option<String>,
    /// `ASC` (the usual one) or `DESC`.
    pub(crate) sort: Option<String>,
    /// As of this time (RFC 3339), all changes of that very moment included. A time since which too much has changed is
    /// refused.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

impl NetblockQuery {
    /// The time as of which is asked.
    pub(super) fn at(&self) -> Result<Option<Timestamp>> {
        self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()
    }

    /// What it asks for.
    pub(crate) fn query(self, page: kernel::Page) -> Result<BlockQuery> {
        let criteria = Wanted {
            rir: self.rir,
            region_id: self.region_id.or(self.region),
            vlan: self.vlan,
            vlan_domain_id: self.vlan_domain_id,
            vrf_id: self.vrf_id,
            code: self.code,
            asn: self.asn,
            lir_id: self.lir_id,
            tags: self.tags.map(Tags::Text),
            tags_mode: self.tags_mode,
        }
        .criteria()?;
        let unknown = |field: &str, text: &str, known: &str| {
            Error::invalid(field, format!("\"{}\" is unknown; use one of {known}", short(text)))
        };
        let mut query = BlockQuery { criteria, page, ..BlockQuery::default() };
        if let Some(ids) = self.id {
            let id = |id: &str| id.parse().map_err(|_| Error::invalid("id", format!("\"{}\" is not an id", short(id))));
            query.ids = Some(ids.split(',').filter(|id| !id.trim().is_empty()).map(id).collect::<Result<_>>()?);
        }
        query.prefix = self.cidr.map(|text| prefix("cidr", &text)).transpose()?;
        query.family = self.family.map(|text| family("type", &text)).transpose()?;
        let bits = query.family.map_or(128, Family::bits);
        if let Some(mask) = self.mask.filter(|mask| *mask > bits) {
            return Err(Error::invalid("mask", format!("{mask} is not a mask; use 0 to {bits}")));
        }
        query.mask = self.mask;
        if let Some(name) = self.state {
            let known = "available, assigned, pool, holding, split";
            query.state = Some(State::from_name(&name).ok_or_else(|| unknown("state", &name, known))?);
        }
        query.assigned = self.assigned;
        query.leaf = self.is_aggregate;
        query.sub_assignable = self.allow_sub_assignments;
        query.holders = self.resource_id.map(|id| vec![ResourceId(id)]);
        match self.top_aggregate.as_deref() {
            None => {}
            Some("null") => query.top_level = true,
            Some(id) => {
                let invalid = |_| Error::invalid("top_aggregate", "must be the id of a block, or null");
                query.root = Some(id.parse().map_err(invalid)?);
            }
        }
        query.parent = self.parent.map(BlockId);
        if let Some(address) = self.address {
            let invalid = |_| Error::invalid("address", format!("\"{}\" is not an address", short(&address)));
            query.contains = Some(address.parse().map_err(invalid)?);
        }
        query.notes = self.notes.map(|notes| update::text("notes", &notes, update::LONGEST_NOTES)).transpose()?;
        let search = self.q.filter(|text| !text.trim().is_empty());
        query.search = search.map(|text| update::text("q", &text, read::LONGEST_SEARCH)).transpose()?;
        if let Some(name) = self.order_by {
            let known = "cidr, mask, rir, vlan, code, last_update_time";
            query.sort = Sort::parse(&name).ok_or_else(|| unknown("order_by", &name, known))?;
        }
        if let Some(order) = self.sort {
            query.order = Order::parse(&order).ok_or_else(|| unknown("sort", &order, "ASC, DESC"))?;
        }
        Ok(query)
    }
}

/// An error in the words of API v2: behind the doors, parameters have the names of API v1.
pub(crate) fn in_words_of_v2(mut error: Error) -> Error {
    for field in error.fields_mut() {
        let name = match field.as_str() {
            "id" => "block",
            "region" => "region_id",
            "lirId" => "lir_id",
            "assignedResourceId" => "assigned_resource_id",
            "allowSubAssignments" => "allow_sub_assignments",
            _ => continue,
        };
        name.clone_into(field);
    }
    error
}

/// What the attributes of a block must be like.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) rir: Option<String>,
    pub(crate) region_id: Option<String>,
    pub(crate) vlan: Option<i64>,
    pub(crate) vlan_domain_id: Option<i64>,
    pub(crate) vrf_id: Option<i64>,
    pub(crate) code: Option<String>,
    pub(crate) asn: Option<String>,
    pub(crate) lir_id: Option<i64>,
    pub(crate) tags: Option<Tags>,
    pub(crate) tags_mode: Option<String>,
}

impl Wanted {
    /// The criteria.
    pub(crate) fn criteria(self) -> Result<Criteria> {
        let mode = |text: String| {
            let message = format!("\"{}\" is no mode; use strict, exclude, intersection or union", short(&text));
            text.parse().map_err(|()| Error::invalid("tags_mode", message))
        };
        let tags_mode = self.tags_mode.map(mode).transpose()?.unwrap_or_default();
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let tags = self.tags.map(Tags::set).filter(|tags| !tags.is_empty() || tags_mode == TagsMode::Strict);
        Ok(Criteria {
            rir: some(self.rir),
            region: some(self.region_id).map(|region| vec![region]),
            vlan: self.vlan.map(|vlan| vec![vlan]),
            code: some(self.code).map(|code| update::text("code", &code, 100).map(|code| vec![code])).transpose()?,
            asn: some(self.asn).map(|text| asn(&text)).transpose()?,
            lir: self.lir_id.map(LirId),
            tags,
            tags_mode,
            vlan_domain: self.vlan_domain_id.map(VlanDomainId),
            vrf: self.vrf_id.map(VrfId),
        })
    }
}

/// An AS number.
pub(crate) fn asn(text: &str) -> Result<Asn> {
    let message = format!("\"{}\" is not an AS number (1 to 4294967295)", short(text));
    text.parse().map_err(|()| Error::invalid("asn", message))
}

/// A family.
pub(crate) fn family(field: &str, text: &str) -> Result<Family> {
    text.parse().map_err(|()| Error::invalid(field, format!("\"{}\" is neither ipv4 nor ipv6", short(text))))
}

/// A CIDR.
pub(crate) fn prefix(field: &str, text: &str) -> Result<kernel::Prefix> {
    text.parse().map_err(|e: kernel::PrefixError| Error::invalid(field, e.to_string()))
}

/// The block in a path: an id or a CIDR.
pub(crate) fn block(text: &str) -> Result<BlockRef> {
    BlockRef::parse("block", text)
}

/// The resource that is to hold a block: by id or by a query, exactly one of them.
pub(crate) fn recipient(id: Option<&NumberOrText>, query: Option<&serde_json::Value>) -> Result<Option<Recipient>> {
    match (id.filter(|id| !id.is_empty()), query) {
        (Some(_), Some(_)) => Err(Error::invalid("resource_id", "can't be given together with resource_query")),
        (Some(id), None) => {
            let id = ResourceId(id.number("resource_id")?);
            Ok(Some(Recipient { field: "resource_id", who: Who::Id(id) }))
        }
        (None, Some(query)) => {
            let query = ResourceQuery::from_json(query).map_err(|error| below("resource_query", error))?;
            Ok(Some(Recipient { field: "resource_query", who: Who::Query(Box::new(query)) }))
        }
        (None, None) => Ok(None),
    }
}

/// The error of something inside a field.
fn below(field: &str, mut error: Error) -> Error {
    if let Error::Invalid(errors) = &mut error {
        errors.0.iter_mut().for_each(|error| error.field = format!("{field}.{}", error.field));
    }
    error
}

/// The same, where there must be one.
pub(crate) fn required_recipient(id: Option<&NumberOrText>, query: Option<&serde_json::Value>) -> Result<Recipient> {
    recipient(id, query)?.ok_or_else(|| Error::invalid("resource_id", "is required; give it or resource_query"))
}
