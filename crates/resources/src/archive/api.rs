//! `/resources/{id}/backup` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::{Order, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Backup, backups, restore::How};
use crate::{
    Resources,
    resource::api::{ResourceBody, read_id, request_key},
};

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_backups, back_up_resource))
        .routes(routes!(restore_resource))
        .with_state(resources.clone())
}

/// An archived copy of a resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResourceBackup)]
struct BackupBody {
    /// The id of the copy.
    id: String,
    /// The id of the resource.
    orig_id: String,
    /// When it was taken, in UTC.
    date: String,
    /// Who took it.
    user: String,
    /// Why: `request`, `deletion`, or `restore` for how the resource was until an older copy took its place.
    reason: String,
    /// The resource as it was, with its section as it is now.
    resource: ResourceBody,
}

/// How a resource is to be restored. All of it is for one that was deleted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RestoreInput)]
#[serde(deny_unknown_fields)]
struct RestoreInput {
    /// Where it comes back, if not below the resource that was above it. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
    /// Whether what was deleted below it by the same request comes back, too: at most 1000 resources.
    recursive: Option<bool>,
}

/// Lists the archived copies of a resource
///
/// The newest first. Those of a resource that was deleted can still be read.
#[utoipa::path(
    get,
    path = "/resources/{id}/backup",
    params(("id" = i64, Path), PageQuery),
    responses((status = 200, body = [BackupBody]))
)]
async fn list_backups(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<BackupBody>> {
    let mut tx = resources.db.read(&actor).await?;
    let (found, all) = backups(&mut tx, id, Order::Descending, paged.page).await?;
    let more = all > u64::from(paged.page.offset) + found.len() as u64;
    Ok(paged.answer(found.into_iter().map(BackupBody::from).collect(), more))
}

/// Takes an archived copy of a resource
///
/// Its attributes and links, and the fields and gadgets of a section. Attached files stay with the resource and are not
/// copied. A copy is taken without asking when a resource is deleted.
#[utoipa::path(
    post,
    path = "/resources/{id}/backup",
    params(("id" = i64, Path)),
    responses((status = 201, body = BackupBody))
)]
async fn back_up_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<(StatusCode, Json<BackupBody>)> {
    let key = request_key(key, &format!("POST /resources/{id}/backup"), &())?;
    let taken = resources.back_up(&actor, id, key).await?;
    Ok((StatusCode::CREATED, Json(taken.into())))
}

/// Restores a resource from an archived copy
///
/// One that is there gets back what was written on it, and keeps its place. One that was deleted comes back under its
/// own id, with its attachments; links come back where both sides are there and may be updated.
#[utoipa::path(
    post,
    path = "/resources/{id}/backup/{backup_id}/restore",
    params(("id" = i64, Path), ("backup_id" = i64, Path)),
    request_body = RestoreInput,
    responses((status = 200, body = ResourceBody))
)]
async fn restore_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, backup_id)): Path<(ResourceId, i64)>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<RestoreInput>,
) -> api_v2::Result<Json<ResourceBody>> {
    let key = request_key(key, &format!("POST /resources/{id}/backup/{backup_id}/restore"), &body)?;
    let how = How { parent_id: read_id("parent_id", &body.parent_id)?, recursive: body.recursive.unwrap_or(false) };
    Ok(Json(resources.restore(&actor, id, backup_id, how, key).await?.into()))
}

impl From<Backup> for BackupBody {
    fn from(Backup { copy, details }: Backup) -> Self {
        Self {
            id: copy.id.to_string(),
            orig_id: copy.resource_id.to_string(),
            date: copy.taken_at.sql(),
            user: copy.actor,
            reason: copy.reason,
            resource: details.into(),
        }
    }
}
