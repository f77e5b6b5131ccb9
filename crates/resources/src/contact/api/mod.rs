//! `/contacts` of API v2.

mod model;

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::{Action, Actor, Area, JobId, ResourceId, Result};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::model::{ContactBody, ContactInput, ImportInput, ListQuery, Started, in_words_of_the_body};
use super::read;
use crate::{
    ResourcePatch, Resources,
    resource::{api::request_key, get, load},
};

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_contacts, add_contact))
        .routes(routes!(import_contact))
        .routes(routes!(get_contact, change_contact, replace_contact, delete_contact))
        .routes(routes!(refresh_contact))
        .with_state(resources.clone())
}

/// Lists contacts
///
/// Those that the caller may read. All conditions must hold.
#[utoipa::path(
    get,
    path = "/contacts",
    params(ListQuery, PageQuery),
    responses((status = 200, body = [ContactBody]))
)]
async fn list_contacts(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    paged: Paged<ListQuery>,
) -> api_v2::Result<Listed<ContactBody>> {
    let query = paged.query.query(paged.page)?;
    let mut tx = resources.db.read(&actor).await?;
    if let Some(id) = query.links.iter().find_map(|link| link.value) {
        get(&mut tx, id).await?.allow(&actor, Area::Resource, Action::Read)?;
    }
    let (contacts, more) = read::list(&mut tx, &query).await?;
    Ok(paged.answer(contacts.into_iter().map(ContactBody::from).collect(), more))
}

/// Shows a contact
#[utoipa::path(get, path = "/contacts/{id}", params(("id" = i64, Path)), responses((status = 200, body = ContactBody)))]
async fn get_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
) -> api_v2::Result<Json<ContactBody>> {
    let mut tx = resources.db.read(&actor).await?;
    Ok(Json(read::contact(&mut tx, id).await?.into()))
}

/// Adds a local contact
///
/// Below the top-level resource, unless `parent_id` says otherwise. To say whose contact it is, link it to that resource
/// by the relation `contact`.
#[utoipa::path(
    post,
    path = "/contacts",
    request_body = ContactInput,
    responses((status = 201, body = ContactBody))
)]
async fn add_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ContactInput>,
) -> api_v2::Result<(StatusCode, Json<ContactBody>)> {
    let key = request_key(key, "POST /contacts", &format!("{body:?}"))?;
    let added = resources.add(&actor, body.new_resource()?, key).await.map_err(in_words_of_the_body)?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Changes a local contact
///
/// What is not given stays. With another `parent_id` it moves. An imported contact can't be edited: 409.
#[utoipa::path(
    patch,
    path = "/contacts/{id}",
    params(("id" = i64, Path)),
    request_body = ContactInput,
    responses((status = 200, body = ContactBody))
)]
async fn change_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ContactInput>,
) -> api_v2::Result<Json<ContactBody>> {
    let key = request_key(key, &format!("PATCH /contacts/{id}"), &format!("{body:?}"))?;
    Ok(Json(change(&resources, &actor, id, body.patch()?, key).await?))
}

/// Replaces a local contact
///
/// Takes a `name`. What is not given becomes empty; its place in the tree stays unless another one is given. An imported
/// contact can't be edited: 409.
#[utoipa::path(
    put,
    path = "/contacts/{id}",
    params(("id" = i64, Path)),
    request_body = ContactInput,
    responses((status = 200, body = ContactBody))
)]
async fn replace_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ContactInput>,
) -> api_v2::Result<Json<ContactBody>> {
    let key = request_key(key, &format!("PUT /contacts/{id}"), &format!("{body:?}"))?;
    Ok(Json(change(&resources, &actor, id, body.whole()?, key).await?))
}

async fn change(
    resources: &Resources,
    actor: &Actor,
    id: ResourceId,
    patch: ResourcePatch,
    key: Option<store::RequestKey>,
) -> Result<ContactBody> {
    is_contact(resources, actor, id).await?;
    let changed = resources.update(actor, id, patch, key).await.map_err(in_words_of_the_body)?;
    Ok(changed.into())
}

/// Deletes a contact
///
/// Its links go with it. A contact below which there are resources stays: 409.
#[utoipa::path(delete, path = "/contacts/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    is_contact(&resources, &actor, id).await?;
    let key = request_key(key, &format!("DELETE /contacts/{id}"), &())?;
    resources.delete(&actor, id, false, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses what is no contact, or not one that the actor may read. What a resource is never changes. One that is gone
/// is left to what is done next, which may have been answered before.
async fn is_contact(resources: &Resources, actor: &Actor, id: ResourceId) -> Result<()> {
    let mut tx = resources.db.read(actor).await?;
    if load(&mut tx, &[id]).await?.is_empty() { Ok(()) } else { read::contact(&mut tx, id).await.map(drop) }
}

/// Imports a contact from a registry or a directory
///
/// A job looks the handle up and adds the contact, or refreshes the one with this handle that is there already below the
/// same resource.
#[utoipa::path(
    post,
    path = "/contacts/import",
    request_body = ImportInput,
    responses((status = 202, body = Started))
)]
async fn import_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<ImportInput>,
) -> api_v2::Result<(StatusCode, Json<Started>)> {
    let key = request_key(key, "POST /contacts/import", &format!("{body:?}"))?;
    let id: JobId = resources.import_contact(&actor, body.import()?, key).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}

/// Looks an imported contact up again
///
/// A job does it, and writes what has changed. A local contact can't be refreshed: 409.
#[utoipa::path(
    post,
    path = "/contacts/{id}/refresh",
    params(("id" = i64, Path)),
    responses((status = 202, body = Started))
)]
async fn refresh_contact(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<(StatusCode, Json<Started>)> {
    let key = request_key(key, &format!("POST /contacts/{id}/refresh"), &())?;
    let id = resources.refresh_contact(&actor, id, key).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { id })))
}
