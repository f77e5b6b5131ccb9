//! A slice with one noun, and a client of it.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Query, Routes};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
    middleware::from_fn,
};
use http_body_util::BodyExt;
use kernel::{Actor, Error, Patch, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use utoipa::{IntoParams, ToSchema, openapi::OpenApi};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A parcel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parcel {
    name: String,
    #[serde(default)]
    mask: u8,
    #[serde(default)]
    big: bool,
    #[serde(default)]
    corners: Vec<Corner>,
}

/// A corner of a parcel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Corner {
    x: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParcelPatch {
    #[serde(default)]
    #[schema(value_type = Option<u8>)]
    mask: Patch<u8>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParcelQuery {
    name: Option<String>,
    mask: Option<u8>,
    big: Option<bool>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Force {
    force: Option<bool>,
}

/// Lists parcels
///
/// Seven of them.
#[utoipa::path(get, path = "/parcels", params(ParcelQuery, PageQuery), responses((status = 200, body = [Parcel])))]
async fn list_parcels(paged: Paged<ParcelQuery>) -> api_v2::Result<Listed<String>> {
    let (all, filter) = (7, &paged.query);
    let from = paged.page.offset.min(all);
    let to = (from + paged.page.limit).min(all);
    let word = |n| format!("{n} {:?} {:?} {:?} {:?}", filter.name, filter.mask, filter.big, filter.tags);
    Ok(paged.answer((from..to).map(word).collect(), to < all))
}

/// Adds a parcel
#[utoipa::path(post, path = "/parcels", responses((status = 201, body = Parcel)))]
async fn add_parcel(Caller(actor): Caller, Json(parcel): Json<Parcel>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"by": *actor.name, "parcel": parcel})))
}

/// Shows a parcel
#[utoipa::path(get, path = "/parcels/{id}", params(("id" = i64, Path)), responses((status = 200)))]
async fn get_parcel(Path(id): Path<kernel::BlockId>) -> Json<i64> {
    Json(id.0)
}

/// Changes a parcel
#[utoipa::path(patch, path = "/parcels/{id}", params(("id" = i64, Path)), responses((status = 200)))]
async fn change_parcel(Path(_id): Path<i64>, Json(patch): Json<ParcelPatch>) -> Json<String> {
    Json(format!("{:?}", patch.mask))
}

/// Removes a parcel
#[utoipa::path(delete, path = "/parcels/{id}", params(("id" = i64, Path), Force), responses((status = 204)))]
async fn delete_parcel(Path(_id): Path<i64>, Query(query): Query<Force>) -> Json<Option<bool>> {
    Json(query.force)
}

/// Walks around a parcel
#[utoipa::path(
    put,
    path = "/parcels/{parcel}/walk",
    params(("parcel" = String, Path, description = "Id or CIDR")),
    responses((status = 200, body = String))
)]
async fn walk_parcel(Path(parcel): Path<String>, IdempotencyKey(key): IdempotencyKey) -> Json<Value> {
    Json(json!({"parcel": parcel, "key": key}))
}

/// Shows one corner of a parcel
#[utoipa::path(
    get,
    path = "/parcels/{id}/corners/{corner}",
    params(("id" = i64, Path), ("corner" = u8, Path)),
    responses((status = 200, body = Corner))
)]
async fn get_corner(Path((_id, corner)): Path<(i64, u8)>) -> Json<u8> {
    Json(corner)
}

/// Fails as asked
#[utoipa::path(
    get,
    path = "/fail/{how}",
    tag = "something else",
    params(("how" = String, Path)),
    responses((status = 200), (status = 409, description = "Whenever one asks for it"))
)]
async fn fail(Path(how): Path<String>) -> api_v2::Result<()> {
    let text = format!("This is {how}.");
    Err(match how.as_str() {
        "unauthenticated" => Error::Unauthenticated(text),
        "forbidden" => Error::Forbidden(text),
        "not_found" => Error::NotFound(text),
        "invalid" => Error::invalid("how", text),
        "conflict" => Error::conflict(text),
        "too_large" => Error::TooLarge(text),
        "stale" => Error::Stale(text),
        "busy" => Error::Busy(text),
        _ => Error::Internal("the secret of the cellar".to_owned()),
    }
    .into())
}

pub(crate) fn parcels() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_parcels, add_parcel))
        .routes(routes!(get_parcel, change_parcel, delete_parcel))
        .routes(routes!(walk_parcel))
        .routes(routes!(get_corner))
}

pub(crate) fn failures() -> Routes {
    OpenApiRouter::new().routes(routes!(fail))
}

/// The whole door, as the program builds it.
pub(crate) fn door() -> (Router, OpenApi) {
    let (router, document) = api_v2::assemble("1.2.3", [("land", parcels()), ("failure", failures())]).unwrap();
    let recognise = |mut request: Request<Body>, next: axum::middleware::Next| async {
        if request.headers().contains_key("authorization") {
            request.extensions_mut().insert(Actor::system("test"));
        }
        next.run(request).await
    };
    let identify = |mut request: Request<Body>, next: axum::middleware::Next| async {
        request.extensions_mut().insert(RequestId("r-1".into()));
        next.run(request).await
    };
    let router = router
        .layer(from_fn(recognise))
        .merge(api_v2::swagger(&document))
        .layer(from_fn(api_v2::problems))
        .layer(from_fn(identify));
    (api_v2::with_cidr_paths(router), document)
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(request: Request<Body>) -> Answer {
    let response = door().0.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

pub(crate) async fn get(uri: &str) -> Answer {
    send(Request::get(uri).body(Body::empty()).unwrap()).await
}

/// A signed-in request with a JSON body.
pub(crate) async fn call(method: &str, uri: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder().method(method).uri(uri).header("authorization", "Basic x");
    send(request.header("content-type", "application/json").body(body.into()).unwrap()).await
}
