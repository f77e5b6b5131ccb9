//! Resources in API v1, to the byte as it always answered: ids are texts where something is read or changed and
//! numbers where it was just added; an attribute list without entries is `[]` where it is read and `{}` elsewhere.

use api_v1::{Answer, Param, Params, Request};
use kernel::{Error, FieldError, Page, Patch, ResourceId, Result};
use serde_json::Value;
use store::Tx;

use super::{
    Load, NewResource, ResourcePatch, ResourceQuery, SectionRef, details, find, rule,
    shape::{self, Style},
};
use crate::{Resources, archive, attribute::Attributes, section};

/// `target=resource&action=get`
pub(crate) async fn get(resources: Resources, request: Request) -> Result<Answer> {
    let params = &request.params;
    if params.flag("getFromBackup")?.unwrap_or(false) {
        return archive::v1::get(resources, request).await;
    }
    let mut query = ResourceQuery::from_params(params)?;
    query.limit = query.limit.or(Some(Page::MOST));
    let attributes = params.flag("attr_load")?.unwrap_or(true);
    let mut tx = resources.db.read(&request.actor).await?;
    let found = find(&mut tx, &query).await?;
    if found.found_count == 0 && params.text("id")?.is_some() {
        return Err(Error::not_found("Search failed"));
    }
    let found_count = found.found_count;
    let all = details(&mut tx, found.resources, Load { attributes, rights: false, links: false }).await?;
    let data: Vec<_> = all.iter().map(|details| shape::resource(details, Style::Read)).collect();
    let result_count = data.len();
    Ok(Answer::ok("Search successful").data(data).with("result_count", result_count).with("found_count", found_count))
}

/// `target=resource&action=add`
pub(crate) async fn add(resources: Resources, request: Request) -> Result<Answer> {
    let (params, meta) = (&request.params, meta(&request.params)?);
    let kind = meta.required("type")?.to_ascii_lowercase();
    let mut new = NewResource {
        name: meta.required("name")?.to_owned(),
        slug: meta.text("slug")?.map(str::to_owned),
        parent_id: meta.number("parent_id")?.map(ResourceId),
        category_id: meta.number("category_id")?.map(ResourceId),
        section: section(&meta)?,
        custom_id: meta.text("custom_id")?.map(str::to_owned),
        gadgets: section::gadgets(params)?.unwrap_or_default(),
        ..NewResource::default()
    };
    match kind.as_str() {
        section::SECTION => new.fields = section::fields(params)?.unwrap_or_default(),
        section::FIELD => {
            meta.required("field_type")?;
            new.attributes = values(params)?;
            new.attributes.extend(definition(&meta)?);
        }
        _ => new.attributes = values(params)?,
    }
    new.kind = kind;
    let added = resources.add(&request.actor, new, None).await.map_err(in_words_of_v1)?;
    Ok(Answer::ok("Resource added").data(shape::resource(&added, Style::Added)))
}

/// `target=resource&action=update`
pub(crate) async fn update(resources: Resources, request: Request) -> Result<Answer> {
    let (params, meta) = (&request.params, meta(&request.params)?);
    let id = ResourceId(meta.number("id")?.ok_or_else(|| Error::invalid("meta[id]", "is required"))?);
    let kind = meta.required("type")?.to_ascii_lowercase();
    let mut patch = ResourcePatch {
        name: meta.text("name")?.map(str::to_owned),
        slug: meta.text("slug")?.map(str::to_owned),
        parent_id: meta.number("parent_id")?.map(ResourceId),
        category_id: patch(&meta, "category_id", meta.number("category_id")?.map(ResourceId)),
        section: section(&meta)?,
        custom_id: patch(&meta, "custom_id", meta.text("custom_id")?.map(str::to_owned)),
        gadgets: section::gadgets(params)?,
        ..ResourcePatch::default()
    };
    match kind.as_str() {
        section::SECTION => patch.fields = section::fields(params)?,
        section::FIELD => {
            patch.attributes = values(params)?;
            patch.attributes.extend(definition(&meta)?);
        }
        _ => patch.attributes = values(params)?,
    }
    patch.kind = Some(kind);
    let updated = resources.update(&request.actor, id, patch, None).await.map_err(in_words_of_v1)?;
    Ok(Answer::ok("Resource Updated").data(shape::resource(&updated, Style::Updated)))
}

/// `target=resource&action=delete`
pub(crate) async fn delete(resources: Resources, request: Request) -> Result<Answer> {
    let params = &request.params;
    let id = ResourceId(params.number("id")?.ok_or_else(|| Error::invalid("id", "is required"))?);
    let recursive = params.flag("recursive")?.unwrap_or(false);
    resources.delete(&request.actor, id, recursive, None).await?;
    Ok(Answer::ok("Resource deleted."))
}

fn meta(params: &Params) -> Result<Params> {
    params.map("meta")?.ok_or_else(|| Error::invalid("meta", "is required: meta[name]=... and so on"))
}

/// What was sent empty is to become empty.
fn patch<T>(meta: &Params, name: &str, value: Option<T>) -> Patch<T> {
    match value {
        Some(value) => Patch::Set(value),
        None if meta.has(name) => Patch::Clear,
        None => Patch::Keep,
    }
}

fn section(meta: &Params) -> Result<Option<SectionRef>> {
    Ok(match meta.at_most_one(&["section_id", "section"])? {
        None => None,
        Some("section_id") => meta.number("section_id")?.map(|id| SectionRef::Id(ResourceId(id))),
        Some(name) => meta.text(name)?.map(|slug| SectionRef::Slug(slug.to_owned())),
    })
}

/// `fields[SLUG][]=VALUE`: the values of fields. A field that is sent empty loses its values.
fn values(params: &Params) -> Result<Attributes> {
    let mut attributes = Attributes::new();
    let Some(fields) = params.map("fields")? else { return Ok(attributes) };
    for slug in fields.keys() {
        let mut values = fields.values(slug)?.unwrap_or_default();
        if let Some(Param::Map(map)) = fields.get(slug)
            && !map.keys().enumerate().all(|(n, key)| key == n.to_string())
        {
            let rule = "the values of a field are counted from 0 without a gap; send all of them";
            return Err(Error::invalid(format!("fields[{slug}]"), rule));
        }
        if values.len() == 1 && values[0].is_empty() {
            values.clear();
        }
        attributes.insert(slug.to_owned(), values);
    }
    Ok(attributes)
}

/// What is said about the definition of a field. What was sent empty is to become empty.
fn definition(meta: &Params) -> Result<Attributes> {
    let text = |name| Ok(if meta.has(name) { Some(meta.text(name)?.unwrap_or_default()) } else { None });
    let options = if meta.has("options") { Some(meta.json("options")?.unwrap_or_default()) } else { None };
    let (help_block, depends_on) = (text("help_block")?, text("depends_on")?);
    section::Definition { field_type: meta.text("field_type")?, help_block, options: options.as_ref(), depends_on }
        .attributes()
}

/// Fields by the names of API v1; and one sentence that always stood by itself.
fn in_words_of_v1(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else { return error };
    if errors.0.iter().any(|e| e.message == rule::ENTRY_WITHOUT_SECTION) {
        return Error::conflict(rule::ENTRY_WITHOUT_SECTION);
    }
    for FieldError { field, .. } in &mut errors.0 {
        if let Some(attribute) = field.strip_prefix("attrs.") {
            *field = format!("fields[{attribute}]");
        } else if !field.contains('[') && !["fields", "gadgets"].contains(&field.as_str()) {
            *field = format!("meta[{field}]");
        }
    }
    Error::Invalid(errors)
}

/// Resources in the form of API v1, for the answers of other slices that embed them; unknown ids are left out.
pub async fn v1_brief(tx: &mut Tx, ids: &[ResourceId]) -> Result<Vec<Value>> {
    let mut known = super::load(tx, ids).await?;
    let resources = ids.iter().filter_map(|id| known.remove(id)).collect();
    let details = super::details(tx, resources, super::Load::USUAL).await?;
    Ok(details.iter().map(|details| shape::resource(details, shape::Style::Updated)).collect())
}
