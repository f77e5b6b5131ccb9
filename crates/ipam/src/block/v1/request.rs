//! Reading the parameters that several actions of API v1 share.

use api_v1::Params;
use kernel::{Asn, Error, Family, LirId, Patch, ResourceId, Result};
use resources::ResourceQuery;

use crate::{
    block::{
        BlockRef,
        recipient::{Recipient, Who},
        update::{self, TagsAction},
    },
    list::short,
    profile::{Criteria, TagsMode, tag_set},
};

/// The most blocks that one call names.
const MOST_BLOCKS: usize = 10_000;

/// The one block that `id` or `block` names.
pub(crate) fn block(params: &Params) -> Result<BlockRef> {
    let mut blocks = blocks(params)?;
    match (blocks.pop(), blocks.is_empty()) {
        (Some(block), true) => Ok(block),
        _ => Err(Error::invalid(params.exactly_one(&["id", "block"])?, "must name exactly one block")),
    }
}

/// The blocks that `id` or `block` names.
pub(crate) fn blocks(params: &Params) -> Result<Vec<BlockRef>> {
    let field = params.exactly_one(&["id", "block"])?;
    let names = params.names(field)?.unwrap_or_default();
    if names.len() > MOST_BLOCKS {
        return Err(Error::invalid(field, format!("names {} blocks; one call takes {MOST_BLOCKS}", names.len())));
    }
    let one = |name: &String| match (field, BlockRef::parse(field, name)?) {
        ("id", BlockRef::Cidr(_)) => Err(not_a_number(field, name)),
        // A number alone is no CIDR.
        ("block", BlockRef::Id(_)) => Err(Error::invalid(field, format!("\"{}\" is not a CIDR", short(name)))),
        (_, block) => Ok(block),
    };
    let blocks = names.iter().map(one).collect::<Result<Vec<_>>>()?;
    if blocks.is_empty() { Err(Error::invalid(field, "names no block")) } else { Ok(blocks) }
}

fn not_a_number(field: &str, text: &str) -> Error {
    Error::invalid(field, format!("\"{}\" is not a whole number", short(text)))
}

/// The resource that `resourceId`, `resourceQuery` or the old `resourceHolderId` names, if one does.
pub(crate) fn resource(params: &Params) -> Result<Option<Recipient>> {
    let Some(field) = params.at_most_one(&["resourceId", "resourceQuery", "resourceHolderId"])? else {
        return Ok(None);
    };
    let who = match field {
        "resourceId" => {
            let id: Option<i64> = params.number(field)?;
            let Some(id) = id else { return Ok(None) };
            Who::Id(ResourceId(id))
        }
        "resourceQuery" => Who::Query(Box::new(resource_query(params)?.unwrap_or_default())),
        _ => {
            let custom_id = Some(params.required(field)?.to_owned());
            Who::Query(Box::new(ResourceQuery { custom_id, ..ResourceQuery::default() }))
        }
    };
    let field = match field {
        "resourceId" => "resourceId",
        "resourceQuery" => "resourceQuery",
        _ => "resourceHolderId",
    };
    Ok(Some(Recipient { field, who }))
}

/// The resource that an assignment needs.
pub(crate) fn required_resource(params: &Params) -> Result<Recipient> {
    params.exactly_one(&["resourceId", "resourceQuery", "resourceHolderId"])?;
    resource(params)?.ok_or_else(|| Error::invalid("resourceId", "must not be empty"))
}

/// The query in `resourceQuery`: JSON, or a bracketed map.
pub(crate) fn resource_query(params: &Params) -> Result<Option<ResourceQuery>> {
    let Some(query) = params.map("resourceQuery")? else { return Ok(None) };
    ResourceQuery::from_whole(&query).map(Some).map_err(|mut error| {
        if let Error::Invalid(errors) = &mut error {
            for error in errors.0.iter_mut().filter(|error| !error.field.starts_with("resourceQuery")) {
                error.field = format!("resourceQuery[{}]", error.field);
            }
        }
        error
    })
}

/// The mask, checked against the family when that is known.
pub(crate) fn mask(params: &Params, name: &str, family: Option<Family>) -> Result<Option<u8>> {
    let Some(mask) = params.number::<i64>(name)? else { return Ok(None) };
    let bits = family.map_or(128, Family::bits);
    match u8::try_from(mask) {
        Ok(mask) if mask <= bits => Ok(Some(mask)),
        _ => Err(Error::invalid(name, format!("{mask} is not a mask; use 0 to {bits}"))),
    }
}

/// `type`: ipv4 or ipv6.
pub(crate) fn family(params: &Params) -> Result<Option<Family>> {
    let Some(text) = params.text("type")? else { return Ok(None) };
    let unknown = |()| Error::invalid("type", format!("\"{}\" is neither ipv4 nor ipv6", short(text)));
    text.parse().map(Some).map_err(unknown)
}

/// What is asked of the attributes of blocks. `many` says that several values are allowed, as JSON or a comma list.
pub(crate) fn criteria(params: &Params, many: bool) -> Result<Criteria> {
    let texts = |name: &str| -> Result<Option<Vec<String>>> {
        if many { params.names(name) } else { Ok(params.text(name)?.map(|text| vec![text.to_owned()])) }
    };
    let tags = params.names("tags")?.map(tag_set);
    let tags_mode = match params.text("tagsMode")? {
        None => TagsMode::default(),
        Some(text) => text.parse().map_err(|()| {
            let message = format!("\"{}\" is no mode; use strict, exclude, intersection or union", short(text));
            Error::invalid("tagsMode", message)
        })?,
    };
    let vlan = match texts("vlan")? {
        None => None,
        Some(list) => {
            let number = |text: &String| text.parse().map_err(|_| not_a_number("vlan", text));
            Some(list.iter().map(number).collect::<Result<Vec<i64>>>()?)
        }
    };
    Ok(Criteria {
        rir: params.text("rir")?.map(ToOwned::to_owned),
        region: texts("region")?,
        vlan,
        code: texts("code")?,
        asn: asn(params)?,
        lir: params.number("lirId")?.map(LirId),
        // strict with an empty list means untagged blocks
        tags: tags.or_else(|| (params.has("tags") && tags_mode == TagsMode::Strict).then(Vec::new)),
        tags_mode,
        ..Criteria::default()
    })
}

/// `asn`: a number, or `AS64496`.
pub(crate) fn asn(params: &Params) -> Result<Option<Asn>> {
    let Some(text) = params.text("asn")? else { return Ok(None) };
    let invalid = |()| Error::invalid("asn", format!("\"{}\" is not an AS number (1 to 4294967295)", short(text)));
    text.parse().map(Some).map_err(invalid)
}

/// `vlan`: a VLAN id.
pub(crate) fn vlan(params: &Params) -> Result<Option<i64>> {
    params.number("vlan")?.map(|vlan| update::vlan("vlan", vlan)).transpose()
}

/// Free text of at most this many characters.
pub(crate) fn text(params: &Params, name: &str, longest: usize) -> Result<Option<String>> {
    params.text(name)?.map(|text| update::text(name, text, longest)).transpose()
}

/// A field of an update: absent, empty (it is cleared), or a value.
pub(crate) fn patch<T>(
    params: &Params,
    name: &str,
    read: impl FnOnce(&Params) -> Result<Option<T>>,
) -> Result<Patch<T>> {
    if !params.has(name) {
        return Ok(Patch::Keep);
    }
    Ok(read(params)?.map_or(Patch::Clear, Patch::Set))
}

/// `tags` with `tags_action`; the action without tags is refused.
pub(crate) fn tags(params: &Params) -> Result<Option<(TagsAction, Vec<String>)>> {
    let action = match params.text("tags_action")? {
        None => None,
        Some(text) => Some(TagsAction::parse(text).ok_or_else(|| {
            Error::invalid("tags_action", format!("\"{}\" is not replace, add or delete", short(text)))
        })?),
    };
    if !params.has("tags") {
        return match action {
            None => Ok(None),
            Some(_) => Err(Error::invalid("tags_action", "must be used together with tags")),
        };
    }
    Ok(Some((action.unwrap_or_default(), tag_set(params.names("tags")?.unwrap_or_default()))))
}
