//! `/resources` of API v2.

mod clone;
pub(crate) mod export;
mod model;
mod past;
mod section;

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Query, Routes, When};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Action, Actor, Area, Error, Order, ResourceId, Result, Timestamp};
use serde::Serialize;
use store::{RequestKey, Tx};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::model::{AttributeBody, ResourceBody, attribute_values, read_attributes, read_id, shown};
use self::model::{Limit, ListQuery, QueryBody, Recursive, ResourceInput, Top};
use super::{
    Load, ResourceQuery, details, details_as_of, export::Export, get, page, rewind_to, section_named, top_of_tree,
};
use crate::{
    Resources,
    archive::{Backup, backups, backups_below},
};

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_resources, add_resource))
        .routes(routes!(query_resources))
        .routes(routes!(change_resources))
        .routes(routes!(get_resource, change_resource, replace_resource, delete_resource))
        .routes(routes!(list_children))
        .routes(routes!(list_top_of_tree))
        .routes(routes!(list_top))
        .routes(routes!(clone::clone_resource))
        .routes(routes!(section::get_section))
        .routes(routes!(past::list_history))
        .routes(routes!(past::compare_resource))
        .with_state(resources.clone())
}

/// Lists resources
///
/// Those that the caller may read. All conditions must hold. With `as_of`, the list as it would have been at that time,
/// for the permissions of now.
#[utoipa::path(
    get,
    path = "/resources",
    params(ListQuery, PageQuery),
    responses((status = 200, content(([ResourceBody] = "application/json"), (String = "text/csv"))))
)]
async fn list_resources(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    paged: Paged<ListQuery>,
) -> api_v2::Result<Response> {
    if let Some(id) = paged.query.orig_id()? {
        let mut tx = resources.db.read(&actor).await?;
        let found = backups(&mut tx, id, Order::Descending, paged.page).await?;
        return Ok(copies(&paged, found).into_response());
    }
    let query = paged.query.query(paged.page)?;
    answer(&resources, &actor, &query, &paged).await
}

/// Lists the resources directly below one
#[utoipa::path(
    get,
    path = "/resources/{id}/children",
    params(("id" = i64, Path), ListQuery, PageQuery),
    responses((status = 200, content(([ResourceBody] = "application/json"), (String = "text/csv"))))
)]
async fn list_children(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    paged: Paged<ListQuery>,
) -> api_v2::Result<Response> {
    let mut tx = read(&resources, &actor, paged.query.at()?).await?;
    get(&mut tx, id).await?.allow(&actor, Area::Resource, Action::Read)?;
    if let Some(child) = paged.query.orig_id()? {
        let found = backups_below(&mut tx, child, id, paged.page).await?;
        return Ok(copies(&paged, found).into_response());
    }
    drop(tx);
    let query = ResourceQuery { parents: Some(vec![id]), ..paged.query.query(paged.page)? };
    answer(&resources, &actor, &query, &paged).await
}

/// The answer of a list of archived copies.
fn copies(paged: &Paged<ListQuery>, (found, all): (Vec<Backup>, u64)) -> Listed<ResourceBody> {
    let more = all > u64::from(paged.page.offset) + found.len() as u64;
    paged.answer(found.into_iter().map(|backup| backup.details.into()).collect(), more)
}

/// Lists the resources below one, two levels deep
///
/// First those directly below it, then those directly below these, each level by name.
#[utoipa::path(
    get,
    path = "/resources/{id}/top_of_tree",
    params(("id" = i64, Path), Limit),
    responses((status = 200, body = [ResourceBody]))
)]
async fn list_top_of_tree(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    Query(limit): Query<Limit>,
) -> api_v2::Result<Json<Vec<ResourceBody>>> {
    let mut tx = read(&resources, &actor, limit.at()?).await?;
    get(&mut tx, id).await?.allow(&actor, Area::Resource, Action::Read)?;
    let found = top_of_tree(&mut tx, id, None, limit.try_into()?).await?;
    let rows = details(&mut tx, found, Load::USUAL).await?;
    Ok(Json(rows.into_iter().map(ResourceBody::from).collect()))
}

/// Lists the resources below the top-level one, two levels deep
///
/// As far as the caller may read them; with a section, only the entries of this section on both levels.
#[utoipa::path(get, path = "/resources/top_of_tree", params(Top), responses((status = 200, body = [ResourceBody])))]
async fn list_top(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Query(top): Query<Top>,
) -> api_v2::Result<Json<Vec<ResourceBody>>> {
    let (section, limit, at) = top.wanted()?;
    let mut tx = read(&resources, &actor, at).await?;
    let section = match section {
        Some(section) => Some(section_named(&mut tx, &section).await?),
        None => None,
    };
    let found = top_of_tree(&mut tx, ResourceId::TOP, section, limit).await?;
    let rows = details(&mut tx, found, Load::USUAL).await?;
    Ok(Json(rows.into_iter().map(ResourceBody::from).collect()))
}

/// Finds resources by a query in the body
///
/// Takes more conditions than a list does, among them conditions on attributes. Nothing is changed.
#[utoipa::path(
    post,
    path = "/resources/query",
    request_body = QueryBody,
    responses((status = 200, body = [ResourceBody]))
)]
async fn query_resources(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Json(body): Json<QueryBody>,
) -> api_v2::Result<Json<Vec<ResourceBody>>> {
    let query = body.query()?;
    let mut tx = read(&resources, &actor, body.at()?).await?;
    let (rows, _) = list(&mut tx, &query, body.load()).await?;
    Ok(Json(rows))
}

/// A part of the list in JSON, or all of it as a table.
async fn answer(
    resources: &Resources,
    actor: &Actor,
    query: &ResourceQuery,
    paged: &Paged<ListQuery>,
) -> api_v2::Result<Response> {
    if let Some(columns) = paged.query.table(paged.page)? {
        let export = Export::new(resources.db.clone(), actor.clone(), query.clone(), columns);
        return Ok(export::answer(export).await?);
    }
    let mut tx = read(resources, actor, paged.query.at()?).await?;
    let (rows, more) = list(&mut tx, query, paged.query.load()).await?;
    Ok(paged.answer(rows, more).into_response())
}

/// A view of what there is, or of what there was.
pub(crate) async fn read(resources: &Resources, actor: &Actor, at: Option<Timestamp>) -> Result<Tx> {
    let mut tx = resources.db.snapshot(actor).await?;
    rewind_to(&mut tx, at).await?;
    Ok(tx)
}

async fn list(tx: &mut Tx, query: &ResourceQuery, load: Load) -> Result<(Vec<ResourceBody>, bool)> {
    let (found, more) = page(tx, query).await?;
    let rows = details(tx, found, load).await?;
    Ok((rows.into_iter().map(ResourceBody::from).collect(), more))
}

/// Shows a resource
///
/// As it is, or as it was at a time.
#[utoipa::path(get, path = "/resources/{id}", params(("id" = i64, Path), When), responses((status = 200, body = ResourceBody)))]
async fn get_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    Query(when): Query<When>,
) -> api_v2::Result<Json<ResourceBody>> {
    let at = when.at()?;
    let mut tx = resources.db.snapshot(&actor).await?;
    if let Some(at) = at {
        return Ok(Json(details_as_of(&mut tx, id, at).await?.into()));
    }
    let resource = get(&mut tx, id).await?;
    resource.allow(&actor, Area::Resource, Action::Read)?;
    let shown = details(&mut tx, vec![resource], Load::EVERYTHING).await?.pop();
    let shown = shown.ok_or_else(|| Error::internal("a resource was read and is not there"))?;
    Ok(Json(shown.into()))
}

/// Adds a resource
///
/// Below the top-level resource, unless `parent_id` says otherwise. An entry needs a section.
#[utoipa::path(
    post,
    path = "/resources",
    request_body = ResourceInput,
    responses((status = 201, body = ResourceBody))
)]
async fn add_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ResourceInput>,
) -> api_v2::Result<(StatusCode, Json<ResourceBody>)> {
    let key = request_key(key, "POST /resources", &body)?;
    let added = resources.add(&actor, (&body).try_into()?, key).await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Changes a resource
///
/// What is not given stays. Attributes that are given replace those of the same name; `null` removes one. With another
/// `parent_id` the resource moves, and all below it with it.
#[utoipa::path(
    patch,
    path = "/resources/{id}",
    params(("id" = i64, Path)),
    request_body = ResourceInput,
    responses((status = 200, body = ResourceBody))
)]
async fn change_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ResourceInput>,
) -> api_v2::Result<Json<ResourceBody>> {
    let key = request_key(key, &format!("PATCH /resources/{id}"), &body)?;
    let changed = resources.update(&actor, id, (&body).try_into()?, key).await?;
    Ok(Json(changed.into()))
}

/// Replaces a resource
///
/// Takes `name` and `type`. The category, the custom id, attributes and gadgets that are not given go away. The slug,
/// the place in the tree, the section of an entry and the fields of a section stay unless others are given.
#[utoipa::path(
    put,
    path = "/resources/{id}",
    params(("id" = i64, Path)),
    request_body = ResourceInput,
    responses((status = 200, body = ResourceBody))
)]
async fn replace_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ResourceInput>,
) -> api_v2::Result<Json<ResourceBody>> {
    let key = request_key(key, &format!("PUT /resources/{id}"), &body)?;
    let changed = resources.update(&actor, id, body.whole()?, key).await?;
    Ok(Json(changed.into()))
}

/// Changes several resources alike
///
/// Those that `id` lists, at most 1000, in this order. When one of them can't be changed, none is.
#[utoipa::path(
    patch,
    path = "/resources/multiple",
    request_body = ResourceInput,
    responses((status = 200, body = [ResourceBody]))
)]
async fn change_resources(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ResourceInput>,
) -> api_v2::Result<Json<Vec<ResourceBody>>> {
    let ids = body.ids()?;
    let key = request_key(key, "PATCH /resources/multiple", &(&ids, &body))?;
    let changed = resources.update_many(&actor, ids, (&body).try_into()?, key).await?;
    Ok(Json(changed.into_iter().map(ResourceBody::from).collect()))
}

/// Deletes a resource
///
/// With `recursive`, whatever below it may be deleted is deleted, from the bottom up. When the resource itself must
/// stay, the answer is 409 and says why; what was deleted below it is gone nevertheless.
#[utoipa::path(delete, path = "/resources/{id}", params(("id" = i64, Path), Recursive), responses((status = 204)))]
async fn delete_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Query(Recursive { recursive }): Query<Recursive>,
) -> api_v2::Result<StatusCode> {
    let recursive = recursive.unwrap_or(false);
    let key = request_key(key, &format!("DELETE /resources/{id}"), &recursive)?;
    resources.delete(&actor, id, recursive, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The key of a request that may be sent again: `what` and `body` are what must then be the same.
pub(crate) fn request_key(key: Option<String>, what: &str, body: &impl Serialize) -> Result<Option<RequestKey>> {
    key.map(|key| RequestKey::new(key, &(what, body))).transpose()
}
