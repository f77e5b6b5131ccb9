//! `/resources/{id}/links` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Routes, When};
use axum::{extract::State, http::StatusCode};
use kernel::{Action, Actor, Area, Error, Page, ResourceId, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{FoundLinks, Link, LinkQuery, NewLink, find_links, named::NamedLink, set::SetLinks};
use crate::{
    Resources,
    resource::{
        api::{read, read_id, request_key},
        get,
    },
};

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_links, add_link, replace_links, merge_links))
        .routes(routes!(list_links_by_relation, replace_links_of_relation, merge_links_of_relation, remove_link))
        .routes(routes!(change_link, remove_link_by_relation))
        .with_state(resources.clone())
}

/// A link, seen from one of its sides.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkOfResource)]
struct LinkBody {
    /// Its id.
    id: String,
    /// The resource on the other side.
    resource_id: String,
    /// What the relation is.
    relation: String,
    /// What else there is to say about it.
    data: String,
}

/// A link that is to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = LinkInput)]
#[serde(deny_unknown_fields)]
struct LinkInput {
    /// The resource to link to, which comes to stand on the second side. A number or a text.
    #[schema(value_type = i64)]
    resource_id: Value,
    /// What the relation is: 1 to 64 letters, digits, `_` and `-`.
    relation: String,
    /// What else there is to say about it: at most 64 KiB.
    data: Option<String>,
}

/// A link of a relation that the path names.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RelatedResource)]
#[serde(deny_unknown_fields)]
struct Related {
    /// The resource to link to. A number or a text.
    #[schema(value_type = i64)]
    resource_id: Value,
    /// What else there is to say about it: at most 64 KiB.
    data: Option<String>,
}

/// What a link carries.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = LinkData)]
#[serde(deny_unknown_fields)]
struct LinkData {
    /// The resource that it links to, which stays. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    resource_id: Value,
    /// What else there is to say about it: at most 64 KiB.
    data: Option<String>,
}

/// Lists the links of a resource
///
/// Those on either side of which the caller may read the other resource.
#[utoipa::path(
    get,
    path = "/resources/{id}/links",
    params(("id" = i64, Path), When, PageQuery),
    responses((status = 200, body = [LinkBody]))
)]
async fn list_links(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    paged: Paged<When>,
) -> api_v2::Result<Listed<LinkBody>> {
    let (rows, more) = list(&resources, &actor, id, None, &paged).await?;
    Ok(paged.answer(rows, more))
}

/// Lists the links of a resource that have certain relations
#[utoipa::path(
    get,
    path = "/resources/{id}/links/{link}",
    params(("id" = i64, Path), ("link" = String, Path, description = "The relations, separated by commas"), When, PageQuery),
    responses((status = 200, body = [LinkBody]))
)]
async fn list_links_by_relation(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, relations)): Path<(ResourceId, String)>,
    paged: Paged<When>,
) -> api_v2::Result<Listed<LinkBody>> {
    let relations = relations.split(',').map(|relation| relation.trim().to_owned()).collect();
    let (rows, more) = list(&resources, &actor, id, Some(relations), &paged).await?;
    Ok(paged.answer(rows, more))
}

async fn list(
    resources: &Resources,
    actor: &Actor,
    id: ResourceId,
    relations: Option<Vec<String>>,
    paged: &Paged<When>,
) -> Result<(Vec<LinkBody>, bool)> {
    let mut tx = read(resources, actor, paged.query.at()?).await?;
    get(&mut tx, id).await?.allow(actor, Area::Resource, Action::Read)?;
    let Page { offset, limit } = paged.page;
    let query = LinkQuery { resource_id: Some(id), relations, offset, limit, ..LinkQuery::default() };
    let FoundLinks { links, found_count } = find_links(&mut tx, &query).await?;
    let more = found_count > u64::from(offset) + links.len() as u64;
    Ok((links.into_iter().map(|link| LinkBody::seen_from(id, link)).collect(), more))
}

/// Links a resource to another one
///
/// The caller needs the right to update both. A link that is there already gets the new data and keeps its id.
#[utoipa::path(
    post,
    path = "/resources/{id}/links",
    params(("id" = i64, Path)),
    request_body = LinkInput,
    responses((status = 201, body = LinkBody))
)]
async fn add_link(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<LinkInput>,
) -> api_v2::Result<(StatusCode, Json<LinkBody>)> {
    let key = request_key(key, &format!("POST /resources/{id}/links"), &body)?;
    let other = read_id("resource_id", &body.resource_id)?;
    let resource_id2 = other.ok_or_else(|| Error::invalid("resource_id", "is required"))?;
    let new = NewLink { resource_id1: id, resource_id2, relation: body.relation, data: body.data };
    let link = resources.link(&actor, new, key).await.map_err(in_words_of_the_body)?;
    Ok((StatusCode::CREATED, Json(LinkBody::seen_from(id, link))))
}

/// Replaces the links of a resource
///
/// What is not named goes, as far as the caller may see it; a link that is there, on whichever side, gets the new data and
/// keeps its id. The caller needs the right to update both sides of each link that is made, changed or removed.
#[utoipa::path(
    put,
    path = "/resources/{id}/links",
    params(("id" = i64, Path)),
    request_body = Vec<LinkInput>,
    responses((status = 200, body = [LinkBody]))
)]
async fn replace_links(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    once: IdempotencyKey,
    Json(body): Json<Vec<LinkInput>>,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    set_links(&resources, &actor, id, once, body, true).await
}

/// Adds links to a resource
///
/// The others stay; one that is there already gets the new data. Answers with all of them.
#[utoipa::path(
    patch,
    path = "/resources/{id}/links",
    params(("id" = i64, Path)),
    request_body = Vec<LinkInput>,
    responses((status = 200, body = [LinkBody]))
)]
async fn merge_links(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    once: IdempotencyKey,
    Json(body): Json<Vec<LinkInput>>,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    set_links(&resources, &actor, id, once, body, false).await
}

/// Replaces the links of a resource that have this relation
#[utoipa::path(
    put,
    path = "/resources/{id}/links/{link}",
    params(("id" = i64, Path), ("link" = String, Path, description = "The relation")),
    request_body = Vec<Related>,
    responses((status = 200, body = [LinkBody]))
)]
async fn replace_links_of_relation(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(path): Path<(ResourceId, String)>,
    once: IdempotencyKey,
    Json(body): Json<Vec<Related>>,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    set_related(&resources, &actor, path, once, body, true).await
}

/// Adds links of this relation to a resource
#[utoipa::path(
    patch,
    path = "/resources/{id}/links/{link}",
    params(("id" = i64, Path), ("link" = String, Path, description = "The relation")),
    request_body = Vec<Related>,
    responses((status = 200, body = [LinkBody]))
)]
async fn merge_links_of_relation(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(path): Path<(ResourceId, String)>,
    once: IdempotencyKey,
    Json(body): Json<Vec<Related>>,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    set_related(&resources, &actor, path, once, body, false).await
}

async fn set_links(
    resources: &Resources,
    actor: &Actor,
    id: ResourceId,
    IdempotencyKey(key): IdempotencyKey,
    body: Vec<LinkInput>,
    replace: bool,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    let key = request_key(key, &format!("links {replace} of {id}"), &body)?;
    let wanted = |(n, link): (usize, LinkInput)| Ok((other_side(n, &link.resource_id)?, link.relation, link.data));
    let links = body.into_iter().enumerate().map(wanted).collect::<Result<_>>()?;
    let links = SetLinks { resource_id: id, links, relation: None, replace, key };
    let links = resources.set_links(actor, links).await?;
    Ok(Json(links.into_iter().map(|link| LinkBody::seen_from(id, link)).collect()))
}

async fn set_related(
    resources: &Resources,
    actor: &Actor,
    (id, relation): (ResourceId, String),
    IdempotencyKey(key): IdempotencyKey,
    body: Vec<Related>,
    replace: bool,
) -> api_v2::Result<Json<Vec<LinkBody>>> {
    let key = request_key(key, &format!("links {replace} of {id} {relation}"), &body)?;
    let wanted = |(n, link): (usize, Related)| Ok((other_side(n, &link.resource_id)?, relation.clone(), link.data));
    let links = body.into_iter().enumerate().map(wanted).collect::<Result<_>>()?;
    let links = SetLinks { resource_id: id, links, relation: Some(relation), replace, key };
    let links = resources.set_links(actor, links).await?;
    Ok(Json(links.into_iter().map(|link| LinkBody::seen_from(id, link)).collect()))
}

fn other_side(n: usize, id: &Value) -> Result<ResourceId> {
    let field = format!("[{n}].resource_id");
    read_id(&field, id)?.ok_or_else(|| Error::invalid(field, "is required"))
}

/// Changes what a link carries
#[utoipa::path(
    put,
    path = "/resources/{id}/links/{link}/{link_id}",
    params(
        ("id" = i64, Path),
        ("link" = String, Path, description = "The relation"),
        ("link_id" = i64, Path, description = "The id of the link")
    ),
    request_body = LinkData,
    responses((status = 200, body = LinkBody))
)]
async fn change_link(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, relation, link_id)): Path<(ResourceId, String, i64)>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<LinkData>,
) -> api_v2::Result<Json<LinkBody>> {
    let key = request_key(key, &format!("PUT /resources/{id}/links/{relation}/{link_id}"), &body)?;
    let other = read_id("resource_id", &body.resource_id)?;
    let named = NamedLink { resource_id: id, relation: Some(relation), link_id };
    let link = resources.change_link(&actor, named, other, body.data, key).await?;
    Ok(Json(LinkBody::seen_from(id, link)))
}

/// Removes a link of a resource
///
/// The caller needs the right to update the resources on both sides.
#[utoipa::path(
    delete,
    path = "/resources/{id}/links/{link}",
    params(("id" = i64, Path), ("link" = i64, Path, description = "The id of the link")),
    responses((status = 204))
)]
async fn remove_link(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, link_id)): Path<(ResourceId, i64)>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = request_key(key, &format!("DELETE /resources/{id}/links/{link_id}"), &())?;
    resources.unlink(&actor, NamedLink { resource_id: id, relation: None, link_id }, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a link of a resource, if it has this relation
#[utoipa::path(
    delete,
    path = "/resources/{id}/links/{link}/{link_id}",
    params(
        ("id" = i64, Path),
        ("link" = String, Path, description = "The relation"),
        ("link_id" = i64, Path, description = "The id of the link")
    ),
    responses((status = 204))
)]
async fn remove_link_by_relation(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, relation, link_id)): Path<(ResourceId, String, i64)>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = request_key(key, &format!("DELETE /resources/{id}/links/{relation}/{link_id}"), &())?;
    resources.unlink(&actor, NamedLink { resource_id: id, relation: Some(relation), link_id }, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl LinkBody {
    fn seen_from(id: ResourceId, link: Link) -> Self {
        Self {
            id: link.id.to_string(),
            resource_id: link.other(id).to_string(),
            relation: link.relation,
            data: link.data.unwrap_or_default(),
        }
    }
}

/// The body knows one resource only, that on the second side.
fn in_words_of_the_body(mut error: Error) -> Error {
    if let Error::Invalid(errors) = &mut error {
        for error in errors.0.iter_mut().filter(|error| error.field == "resource_id2") {
            "resource_id".clone_into(&mut error.field);
        }
    }
    error
}
