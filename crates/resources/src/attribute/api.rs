//! `/resources/{id}/attrs` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Query, Routes, When};
use axum::{extract::State, http::StatusCode};
use indexmap::IndexMap;
use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AttributeChange, Attributes, in_use};
use crate::{
    ResourcePatch, Resources,
    resource::{
        Load,
        api::{attribute_values, read_attributes, request_key, shown},
        details, details_as_of, get,
    },
};

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(get_attributes, add_attributes, merge_attributes, replace_attributes))
        .routes(routes!(remove_attributes))
        .routes(routes!(decode_attributes))
        .routes(routes!(list_attributes_in_use))
        .with_state(resources.clone())
}

/// Attributes by name. One that has several values holds a list.
type Body = IndexMap<String, Value>;

/// Shows the attributes of a resource
#[utoipa::path(
    get,
    path = "/resources/{id}/attrs",
    params(("id" = i64, Path), When),
    responses((status = 200, body = std::collections::HashMap<String, String>))
)]
async fn get_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    Query(when): Query<When>,
) -> api_v2::Result<Json<Body>> {
    let mut tx = resources.db.snapshot(&actor).await?;
    if let Some(at) = when.at()? {
        return Ok(Json(attribute_values(details_as_of(&mut tx, id, at).await?)));
    }
    let resource = get(&mut tx, id).await?;
    resource.allow(&actor, Area::Resource, Action::Read)?;
    let what = Load { attributes: true, rights: false, links: false };
    let shown = details(&mut tx, vec![resource], what).await?;
    Ok(Json(shown.into_iter().flat_map(attribute_values).collect()))
}

/// Adds values to the attributes of a resource
///
/// They come behind those that are there. The answer shows all attributes.
#[utoipa::path(
    post,
    path = "/resources/{id}/attrs",
    params(("id" = i64, Path)),
    request_body = std::collections::HashMap<String, String>,
    responses((status = 201, body = std::collections::HashMap<String, String>))
)]
async fn add_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    key: IdempotencyKey,
    Json(body): Json<Body>,
) -> api_v2::Result<(StatusCode, Json<Body>)> {
    let shown = change(&resources, &actor, id, key, "POST", AttributeChange::Append, &body).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Changes attributes of a resource
///
/// Those that are given replace those of the same name; `null` removes one. Others stay. The answer shows all
/// attributes.
#[utoipa::path(
    patch,
    path = "/resources/{id}/attrs",
    params(("id" = i64, Path)),
    request_body = std::collections::HashMap<String, String>,
    responses((status = 200, body = std::collections::HashMap<String, String>))
)]
async fn merge_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    key: IdempotencyKey,
    Json(body): Json<Body>,
) -> api_v2::Result<Json<Body>> {
    Ok(Json(change(&resources, &actor, id, key, "PATCH", AttributeChange::Merge, &body).await?))
}

/// Replaces all attributes of a resource
///
/// Those that are not given go away. The section of an entry stays.
#[utoipa::path(
    put,
    path = "/resources/{id}/attrs",
    params(("id" = i64, Path)),
    request_body = std::collections::HashMap<String, String>,
    responses((status = 200, body = std::collections::HashMap<String, String>))
)]
async fn replace_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    key: IdempotencyKey,
    Json(body): Json<Body>,
) -> api_v2::Result<Json<Body>> {
    Ok(Json(change(&resources, &actor, id, key, "PUT", AttributeChange::Replace, &body).await?))
}

/// Removes attributes of a resource
///
/// When it lacks one of them, nothing is removed. An attribute whose name holds commas itself is named alone.
#[utoipa::path(
    delete,
    path = "/resources/{id}/attrs/{names}",
    params(("id" = i64, Path), ("names" = String, Path, description = "The names, separated by commas")),
    responses((status = 204))
)]
async fn remove_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, names)): Path<(ResourceId, String)>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = request_key(key, &format!("DELETE /resources/{id}/attrs"), &names)?;
    let attributes = Attributes::from_iter([(names, Vec::new())]);
    let patch = ResourcePatch { attributes, attribute_change: AttributeChange::Remove, ..ResourcePatch::default() };
    resources.update(&actor, id, patch, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Decodes encrypted attributes of a resource
///
/// Everywhere else they are shown as `********`. Takes the right to update the resource; the log says who has decoded
/// what.
#[utoipa::path(
    post,
    path = "/resources/{id}/attrs/{names}/decode",
    params(("id" = i64, Path), ("names" = String, Path, description = "The names, separated by commas")),
    responses((status = 200, body = std::collections::HashMap<String, String>))
)]
async fn decode_attributes(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, names)): Path<(ResourceId, String)>,
) -> api_v2::Result<Json<Body>> {
    let names = names.split(',').map(|name| name.trim().to_owned()).collect();
    let decoded = resources.decode(&actor, id, names).await?;
    Ok(Json(decoded.into_iter().map(shown).collect()))
}

/// Lists the names of the attributes that are in use
///
/// Those that resources in these sections and categories have, as far as the caller may read them; at most 1000.
#[utoipa::path(
    get,
    path = "/resources/{sections}/{categories}/attrs/all",
    params(
        ("sections" = String, Path, description = "The ids of sections, separated by commas, or `all`"),
        ("categories" = String, Path, description = "The ids of categories, separated by commas, or `all`")
    ),
    responses((status = 200, body = [String]))
)]
async fn list_attributes_in_use(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((sections, categories)): Path<(String, String)>,
) -> api_v2::Result<Json<Vec<String>>> {
    let (sections, categories) = (ids_or_all("sections", &sections)?, ids_or_all("categories", &categories)?);
    let mut tx = resources.db.read(&actor).await?;
    Ok(Json(in_use(&mut tx, sections.as_deref(), categories.as_deref()).await?))
}

/// The ids; nothing for `all`.
fn ids_or_all(field: &str, text: &str) -> Result<Option<Vec<ResourceId>>> {
    if text == "all" {
        return Ok(None);
    }
    let id = |id: &str| id.trim().parse().ok();
    let ids: Option<Vec<ResourceId>> = text.split(',').map(id).collect();
    ids.map(Some).ok_or_else(|| Error::invalid(field, "must be ids separated by commas, or the word all"))
}

async fn change(
    resources: &Resources,
    actor: &Actor,
    id: ResourceId,
    IdempotencyKey(key): IdempotencyKey,
    method: &str,
    attribute_change: AttributeChange,
    body: &Body,
) -> Result<Body> {
    let key = request_key(key, &format!("{method} /resources/{id}/attrs"), body)?;
    let attributes = read_attributes("attrs", body)?;
    let patch = ResourcePatch { attributes, attribute_change, ..ResourcePatch::default() };
    Ok(attribute_values(resources.update(actor, id, patch, key).await?))
}
