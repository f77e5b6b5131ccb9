//! What options of blocks take: masks, tags, metadata, questions for a resource.

use std::{collections::BTreeMap, str::FromStr};

use clap::ValueEnum;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The length of a prefix: `24` or `/24`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub(super) struct Mask(u8);

impl FromStr for Mask {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mask = text.strip_prefix('/').unwrap_or(text).parse().ok();
        mask.filter(|mask| *mask <= 128).map(Self).ok_or("a mask is a number from 0 to 128, such as 24")
    }
}

/// Tags: `a,b`, or a JSON list for names with a comma. An empty text is no tag at all.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Tags(Vec<String>);

impl FromStr for Tags {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim_start().starts_with('[') {
            return serde_json::from_str(text)
                .map(Self)
                .map_err(|_| "this is no JSON list of texts, as [\"a\",\"b\"] is");
        }
        Ok(Self(text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()))
    }
}

/// How the tags of a block must fit those that are asked for.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub(super) enum TagsMode {
    /// The block has all of them
    Intersection,
    /// The block has at least one of them
    Union,
    /// The block has these and no others
    Strict,
    /// The block has none of them
    Exclude,
}

/// A description of a resource: `custom_id=cust-001`, or a JSON object with more.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Query(Value);

impl FromStr for Query {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(query @ Value::Object(_)) = serde_json::from_str(text) {
            return Ok(Self(query));
        }
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !text.starts_with('{') => {
                Ok(Self(Value::Object([(name.trim().to_owned(), value.into())].into_iter().collect())))
            }
            _ => Err("this is neither NAME=VALUE nor a JSON object"),
        }
    }
}

/// One of the ten fields of free text: `3=text`. An empty text clears it.
#[derive(Debug, Clone)]
pub(super) struct Meta {
    number: u8,
    text: String,
}

impl FromStr for Meta {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, text) = text.split_once('=').ok_or("write it as NUMBER=TEXT")?;
        match number.trim().parse() {
            Ok(number @ 1..=10) => Ok(Self { number, text: text.to_owned() }),
            _ => Err("the number is 1 to 10"),
        }
    }
}

/// The fields `meta1` to `meta10`, as far as they were given.
pub(crate) fn metas<S: Serializer>(metas: &[Meta], serializer: S) -> Result<S::Ok, S::Error> {
    let fields =
        metas.iter().map(|meta| (format!("meta{}", meta.number), (!meta.text.is_empty()).then_some(&meta.text)));
    fields.collect::<BTreeMap<_, _>>().serialize(serializer)
}

/// A new value of a field; an empty text clears the field.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Change<T>(Option<T>);

impl<T: FromStr> FromStr for Change<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Ok(Self(None)) } else { text.parse().map(Some).map(Self) }
    }
}

/// A number of an autonomous system: `64496` or `AS64496`.
pub(crate) fn asn(text: &str) -> Result<kernel::Asn, &'static str> {
    text.parse().map_err(|()| "this is no AS number, as 64496 or AS64496 is")
}

/// The same, where an empty text clears the field.
pub(crate) fn asn_change(text: &str) -> Result<Change<kernel::Asn>, &'static str> {
    if text.is_empty() { Ok(Change(None)) } else { asn(text).map(Some).map(Change) }
}

/// A family of addresses, in any of its spellings.
pub(crate) fn family(text: &str) -> Result<kernel::Family, &'static str> {
    text.parse().map_err(|()| "this is no family of addresses: ipv4 or ipv6")
}
