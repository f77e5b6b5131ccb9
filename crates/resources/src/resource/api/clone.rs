//! `/resources/{id}/clone` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Path};
use axum::{extract::State, http::StatusCode};
use kernel::ResourceId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    model::{ResourceBody, read_id},
    request_key,
};
use crate::{Resources, resource::NewClone};

/// How a resource is to be copied.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CloneInput)]
#[serde(deny_unknown_fields)]
pub(super) struct CloneInput {
    /// The name of the copy: 1 to 255 characters.
    name: String,
    /// Whether what lies below is copied, too, as far as the caller may read it: at most 1000 resources.
    clone_children: Option<bool>,
    /// The resource above the copy; the one above the original when there is none. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
}

/// Copies a resource
///
/// Its type, category, section and attributes, and the fields and gadgets of a section. Slug, custom id, links and
/// whatever it holds stay the original's alone.
#[utoipa::path(
    post,
    path = "/resources/{id}/clone",
    params(("id" = i64, Path)),
    request_body = CloneInput,
    responses((status = 201, body = ResourceBody))
)]
pub(super) async fn clone_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<CloneInput>,
) -> api_v2::Result<(StatusCode, Json<ResourceBody>)> {
    let key = request_key(key, &format!("POST /resources/{id}/clone"), &body)?;
    let parent_id = read_id("parent_id", &body.parent_id)?;
    let new = NewClone { name: body.name, parent_id, children: body.clone_children.unwrap_or(false) };
    let made = resources.clone_resource(&actor, id, new, key).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
