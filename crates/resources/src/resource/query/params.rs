//! Reading a query from parameters, in the words of both APIs.

use api_v1::{Param, Params};
use kernel::{Error, Order, Page, ResourceId, Result, Rights};

use super::{Modified, OrderBy, ResourceQuery, SearchColumn};
use crate::{
    attribute::{AttributeFilter, Comparison, Join, LONGEST, Values},
    link::{LinkFilter, Side},
};

/// The keys that [`ResourceQuery::from_params`] reads, each with the name of API v1 and, where it has one, of v2.
const KEYS: &[&str] = &[
    "id",
    "resource__in",
    "resource__not_in",
    "custom_id",
    "name",
    "slug",
    "type",
    "parent_id",
    "parent__in",
    "parent__not_in",
    "category_id",
    "category__in",
    "category__not_in",
    "search",
    "q",
    "search_column",
    "links",
    "resource_link_type",
    "resource_link_column",
    "resource_link_value",
    "attributes",
    "attrs",
    "attr_key",
    "attr_value",
    "attr_compare",
    "attr_load",
    "load_attributes",
    "load_links",
    "load_permissions",
    "modified",
    "modified_compare",
    "modified_between",
    "permissions__true",
    "permissions__false",
    "order",
    "sort",
    "orderby",
    "order_by",
    "resources_per_page",
    "limit",
    "offset",
    "paged",
    "page",
];

impl ResourceQuery {
    /// Reads the parameters of a list. Those that it does not know are left to others.
    pub fn from_params(params: &Params) -> Result<Self> {
        for absent in ["getFromBackup", "orig_id"] {
            if params.text(absent)?.is_some_and(|text| text != "0") {
                return Err(Error::invalid(
                    absent,
                    "archived copies are read with action=get, getFromBackup=1 and orig_id, not here",
                ));
            }
        }
        params.at_most_one(&["id", "custom_id", "resource__in", "resource__not_in"])?;
        params.at_most_one(&["parent_id", "parent__in", "parent__not_in"])?;
        params.at_most_one(&["category_id", "category__in", "category__not_in"])?;
        let (offset, limit) = place(params)?;
        let query = Self {
            ids: one_or_many(params, "id", "resource__in")?,
            not_ids: ids(params, "resource__not_in")?.unwrap_or_default(),
            custom_id: text(params, "custom_id")?,
            name: text(params, "name")?,
            slug: text(params, "slug")?,
            kind: text(params, "type")?,
            parents: one_or_many(params, "parent_id", "parent__in")?,
            not_parents: ids(params, "parent__not_in")?.unwrap_or_default(),
            categories: one_or_many(params, "category_id", "category__in")?,
            not_categories: ids(params, "category__not_in")?.unwrap_or_default(),
            search: search(params)?,
            search_column: choice(params, &["search_column"], SearchColumn::NAMES)?,
            links: links(params)?,
            attributes: attributes(params)?,
            modified: Modified::from_params(params)?,
            permitted: rights(params, "permissions__true")?,
            not_permitted: rights(params, "permissions__false")?,
            order_by: choice(params, &["orderby", "order_by"], OrderBy::NAMES)?.unwrap_or_default(),
            order: order(params)?,
            sections: None,
            after: None,
            offset,
            limit,
        };
        Ok(query)
    }

    /// Reads a query that stands for itself, such as the parameter `resourceQuery`. A key that it does not know is
    /// refused: a condition that is misspelt must not widen the search.
    pub fn from_whole(params: &Params) -> Result<Self> {
        match params.keys().find(|key| !KEYS.contains(key)) {
            Some(key) => {
                let known = KEYS.join(", ");
                Err(Error::invalid(key, format!("is not known in a query of resources; known are: {known}")))
            }
            None => Self::from_params(params),
        }
    }

    /// The same from what a list takes, but for those of its members that are no condition, and a page of it.
    pub(crate) fn from_list(list: &impl serde::Serialize, no_condition: &[&str], page: Page) -> Result<Self> {
        let mut query = serde_json::to_value(list).map_err(Error::internal)?;
        if let Some(members) = query.as_object_mut() {
            members.retain(|name, _| !no_condition.contains(&name.as_str()));
        }
        Ok(Self { offset: page.offset, limit: Some(page.limit), ..Self::from_json(&query)? })
    }

    /// The same from a JSON object.
    pub fn from_json(query: &serde_json::Value) -> Result<Self> {
        Self::from_whole(&Params::from_json(query.clone())?)
    }
}

fn text(params: &Params, name: &str) -> Result<Option<String>> {
    Ok(params.text(name)?.map(str::to_owned))
}

fn ids(params: &Params, name: &str) -> Result<Option<Vec<ResourceId>>> {
    Ok(params.ids(name)?.map(|ids| ids.into_iter().map(ResourceId).collect()))
}

fn one_or_many(params: &Params, one: &str, many: &str) -> Result<Option<Vec<ResourceId>>> {
    match params.number(one)? {
        Some(id) => Ok(Some(vec![ResourceId(id)])),
        None => ids(params, many),
    }
}

/// The first of these parameters that is given; they are names of the same thing.
fn first<'n>(params: &Params, names: &[&'n str]) -> Result<&'n str> {
    Ok(params.at_most_one(names)?.unwrap_or(names[0]))
}

fn choice<T: Copy>(params: &Params, names: &[&str], choices: &[(&str, T)]) -> Result<Option<T>> {
    let name = first(params, names)?;
    let Some(text) = params.text(name)? else { return Ok(None) };
    let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, value)| Some(*value)).ok_or_else(|| {
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        Error::invalid(name, format!("must be one of {}", words.join(", ")))
    })
}

fn search(params: &Params) -> Result<Option<String>> {
    let name = first(params, &["search", "q"])?;
    match params.text(name)? {
        Some(text) if text.chars().count() > LONGEST => {
            Err(Error::invalid(name, format!("may have at most {LONGEST} characters")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// The direction.
pub(crate) fn order(params: &Params) -> Result<Order> {
    let name = first(params, &["order", "sort"])?;
    let Some(text) = params.text(name)? else { return Ok(Order::default()) };
    Order::parse(text).ok_or_else(|| Error::invalid(name, "must be ASC or DESC"))
}

/// Offset and limit.
pub(crate) fn place(params: &Params) -> Result<(u32, Option<u32>)> {
    let per_page = first(params, &["resources_per_page", "limit"])?;
    let limit = params.number::<u32>(per_page)?;
    if limit.is_some_and(|limit| !(1..=Page::MOST).contains(&limit)) {
        return Err(Error::invalid(per_page, format!("must be 1 to {}", Page::MOST)));
    }
    let (name, number) = match params.at_most_one(&["offset", "paged", "page"])? {
        None => return Ok((0, limit)),
        Some("offset") => return Ok((params.number("offset")?.unwrap_or(0), limit)),
        Some(name) => (name, params.number::<u32>(name)?.unwrap_or(1)),
    };
    let Some(limit) = limit else {
        return Err(Error::invalid(name, format!("needs {per_page}, the number of resources on a page")));
    };
    match number.checked_sub(1).and_then(|before| before.checked_mul(limit)) {
        Some(offset) => Ok((offset, Some(limit))),
        None => Err(Error::invalid(name, "must be 1 or more, and begin before resource 4294967296")),
    }
}

/// Those of the list, and the one that stands outside of it.
fn links(params: &Params) -> Result<Vec<LinkFilter>> {
    let one = |params: &Params| {
        let (relation, value) = (text(params, "relation")?, params.number("resource_id")?.map(ResourceId));
        Ok(LinkFilter { relation, side: None, value })
    };
    let mut filters = params.list("links")?.unwrap_or_default().iter().map(one).collect::<Result<Vec<_>>>()?;
    filters.extend(link(params)?);
    Ok(filters)
}

fn link(params: &Params) -> Result<Option<LinkFilter>> {
    let relation = text(params, "resource_link_type")?;
    let value = params.number("resource_link_value")?.map(ResourceId);
    let side = match params.text("resource_link_column")? {
        None => None,
        Some("1") => Some(Side::First),
        Some("2") => Some(Side::Second),
        Some(_) => return Err(Error::invalid("resource_link_column", "must be 1 or 2")),
    };
    Ok((relation.is_some() || value.is_some()).then_some(LinkFilter { relation, side, value }))
}

fn rights(params: &Params, name: &str) -> Result<Vec<Rights>> {
    let names = params.names(name)?.unwrap_or_default();
    let right = |word: &String| {
        Rights::from_name(word).ok_or_else(|| Error::invalid(name, format!("there is no right {word}")))
    };
    names.iter().map(right).collect()
}

/// Those of the list, and the one that stands outside of it.
fn attributes(params: &Params) -> Result<Vec<AttributeFilter>> {
    let list = first(params, &["attributes", "attrs"])?;
    let items = params.list(list)?.unwrap_or_default();
    let items = items.iter().enumerate();
    let mut filters = items.map(|(n, item)| attribute(item, &format!("{list}[{n}]"))).collect::<Result<Vec<_>>>()?;
    if params.has("attr_key") || params.has("attr_value") {
        filters.extend(Some(attribute(params, "")?).filter(|filter| filter.key.is_some() || filter.compare.is_some()));
    }
    Ok(filters)
}

/// `place` is where these parameters stand in the call.
fn attribute(params: &Params, place: &str) -> Result<AttributeFilter> {
    let key = text(params, first(params, &["attr_key", "key"])?)?;
    let value = first(params, &["attr_value", "value"])?;
    let sign = first(params, &["attr_compare", "compare"])?;
    let values = match params.get(value) {
        Some(Param::Map(_)) => params.names(value)?.map(Values::Many),
        _ => match params.text(value)? {
            Some(text) if text.starts_with('[') && is_list_sign(params.text(sign)?) => {
                params.names(value)?.map(Values::Many)
            }
            text => text.map(|text| Values::One(text.to_owned())),
        },
    };
    let compare = match values {
        Some(values) => {
            let field = if place.is_empty() { sign.to_owned() } else { format!("{place}[{sign}]") };
            Some(Comparison::parse(params.text(sign)?.unwrap_or_default(), values, &field)?)
        }
        None => None,
    };
    let join = choice(params, &["rule"], &[("AND", Join::And), ("OR", Join::Or)])?.unwrap_or_default();
    Ok(AttributeFilter { key, compare, join })
}

/// Whether the comparison takes a list, so that a text may hold one in JSON.
fn is_list_sign(sign: Option<&str>) -> bool {
    sign.is_some_and(|sign| {
        let sign = sign.to_ascii_uppercase();
        sign.ends_with("IN") || sign.ends_with("BETWEEN")
    })
}
