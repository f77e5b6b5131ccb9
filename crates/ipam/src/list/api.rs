//! The lists in API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path, Query, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::{Error, Family};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AddRegion, AddRir, AddTagToList, DeleteTagFromList};
use crate::{Ipam, block::api::key};

/// The operations on lists.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_tags, add_tag))
        .routes(routes!(delete_tag))
        .routes(routes!(list_regions, add_region))
        .routes(routes!(list_rirs, add_rir))
        .routes(routes!(list_sizes))
        .with_state(ipam.clone())
}

/// A tag
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    /// Its name.
    #[schema(example = "Customer")]
    name: String,
}

/// List the tags
#[utoipa::path(get, path = "/ipam/tags", tag = "IPAM", responses((status = 200, body = [Tag])))]
async fn list_tags(State(ipam): State<Ipam>, Caller(actor): Caller) -> Result<Json<Vec<Tag>>> {
    let mut tx = ipam.db.read(&actor).await?;
    let lists = super::current(&mut tx).await?;
    Ok(Json(lists.tags.iter().map(|tag| Tag { name: tag.name.clone() }).collect()))
}

/// Add a tag to the list
#[utoipa::path(post, path = "/ipam/tags", tag = "IPAM", request_body = Tag,
    responses((status = 201, body = Tag)))]
async fn add_tag(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(tag): Json<Tag>,
) -> Result<(StatusCode, Json<Tag>)> {
    let key = key(once, &("add_tag", &tag))?;
    let added = ipam.db.write(&actor, AddTagToList { field: "name", name: tag.name, key }).await?;
    Ok((StatusCode::CREATED, Json(Tag { name: added.name })))
}

/// Delete a tag from the list
#[utoipa::path(delete, path = "/ipam/tags/{name}", tag = "IPAM", params(("name" = String, Path, description = "The tag")),
    responses((status = 204)))]
async fn delete_tag(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    let key = key(once, &("delete_tag", &name))?;
    ipam.db.write(&actor, DeleteTagFromList { field: "name", name, key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A region
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Region {
    /// Its id.
    id: i64,
    /// Its code.
    #[schema(example = "SFO")]
    code: String,
    /// Its name.
    #[schema(example = "San Francisco, CA")]
    name: String,
}

/// A region to add
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRegion {
    /// Its code.
    #[schema(example = "SFO")]
    code: String,
    /// Its name; without one, the code.
    #[serde(default)]
    name: Option<String>,
}

/// List the regions
#[utoipa::path(get, path = "/ipam/regions", tag = "IPAM", responses((status = 200, body = [Region])))]
async fn list_regions(State(ipam): State<Ipam>, Caller(actor): Caller) -> Result<Json<Vec<Region>>> {
    let mut tx = ipam.db.read(&actor).await?;
    let lists = super::current(&mut tx).await?;
    let regions = lists.regions.iter();
    Ok(Json(regions.map(|r| Region { id: r.id, code: r.code.clone(), name: r.name.clone() }).collect()))
}

/// Add a region to the list
#[utoipa::path(post, path = "/ipam/regions", tag = "IPAM", request_body = NewRegion,
    responses((status = 201, body = Region)))]
async fn add_region(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewRegion>,
) -> Result<(StatusCode, Json<Region>)> {
    let key = key(once, &("add_region", &new))?;
    let added = ipam.db.write(&actor, AddRegion { field: "code", code: new.code, name: new.name, key }).await?;
    Ok((StatusCode::CREATED, Json(Region { id: added.id, code: added.code, name: added.name })))
}

/// A numbering authority
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rir {
    /// The value in every API.
    #[schema(example = "1918-SJC")]
    value: String,
    /// Its name; without one, the value.
    #[serde(default)]
    name: Option<String>,
}

/// List the numbering authorities
#[utoipa::path(get, path = "/ipam/rirs", tag = "IPAM", responses((status = 200, body = [Rir])))]
async fn list_rirs(State(ipam): State<Ipam>, Caller(actor): Caller) -> Result<Json<Vec<Rir>>> {
    let mut tx = ipam.db.read(&actor).await?;
    let lists = super::current(&mut tx).await?;
    let rirs = lists.rirs.iter().map(|rir| Rir { value: rir.value.clone(), name: Some(rir.name.clone()) });
    Ok(Json(rirs.collect()))
}

/// Add a numbering authority to the list
#[utoipa::path(post, path = "/ipam/rirs", tag = "IPAM", request_body = Rir,
    responses((status = 201, body = Rir)))]
async fn add_rir(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<Rir>,
) -> Result<(StatusCode, Json<Rir>)> {
    let key = key(once, &("add_rir", &new))?;
    let added = ipam.db.write(&actor, AddRir { value: new.value, name: new.name, key }).await?;
    Ok((StatusCode::CREATED, Json(Rir { value: added.value, name: Some(added.name) })))
}

/// Which family's sizes
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SizesQuery {
    /// 4 or 6.
    family: u8,
}

/// List the usual sizes of blocks
#[utoipa::path(get, path = "/ipam/sizes", tag = "IPAM", params(SizesQuery), responses((status = 200, body = [u8])))]
async fn list_sizes(Caller(_actor): Caller, Query(query): Query<SizesQuery>) -> Result<Json<Vec<u8>>> {
    let family = Family::from_number(query.family.into()).ok_or_else(|| Error::invalid("family", "must be 4 or 6"))?;
    Ok(Json(super::sizes(family)))
}
