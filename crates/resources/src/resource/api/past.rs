//! The past of a resource in API v2.

use api_v2::{Between, Caller, Json, Listed, NoFilter, PageQuery, Paged, Path, Query, drop_equal};
use axum::extract::State;
use kernel::{Error, ResourceId, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::ResourceBody;
use crate::{
    Resources,
    resource::{Details, ResourceChange, details_as_of, history},
};

/// A change of a resource
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourceHistoryEntry {
    /// The id of the change.
    id: String,
    /// When, in UTC and to the microsecond (RFC 3339): as `as_of`, it shows the resource as this change left it.
    #[schema(example = "2026-01-31T14:05:09.250000Z")]
    at: String,
    /// Who.
    actor: String,
    /// By which operation.
    #[schema(example = "resource.update")]
    operation: String,
    /// In which request.
    request: String,
    /// The fields that changed, as they were; `null` when the resource was made. Of `attrs`, the values that changed; of
    /// `linkages`, `attachments`, `gadgets` and `fields`, the ids of those that did. Both sides are empty where only
    /// something above the resource was moved.
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    before: Option<Map<String, Value>>,
    /// The same afterwards; `null` when the resource was deleted.
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    after: Option<Map<String, Value>>,
}

impl From<ResourceChange> for ResourceHistoryEntry {
    fn from(ResourceChange { change, before, after }: ResourceChange) -> Self {
        let (id, at) = (change.id.to_string(), change.at.exact());
        Self { id, at, actor: change.actor, operation: change.operation, request: change.request, before, after }
    }
}

/// Lists the changes of a resource
///
/// The newest first. The history of a resource that was deleted can still be read.
#[utoipa::path(
    get,
    path = "/resources/{id}/history",
    params(("id" = i64, Path), PageQuery),
    responses((status = 200, body = [ResourceHistoryEntry]))
)]
pub(super) async fn list_history(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<ResourceHistoryEntry>> {
    let mut tx = resources.db.snapshot(&actor).await?;
    let (changes, more) = history(&mut tx, id, paged.page).await?;
    Ok(paged.answer(changes.into_iter().map(Into::into).collect(), more))
}

/// What is not the same at two times
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourceDifference {
    /// The fields at the first time, as the resource itself shows them; of `attrs`, only those that differ.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    before: Map<String, Value>,
    /// The same fields at the second time.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    after: Map<String, Value>,
}

/// Compares a resource at two times
///
/// Only fields that differ are in the answer. What is missing on one side was not there then; where the resource itself
/// was not there, that side is empty.
#[utoipa::path(
    get,
    path = "/resources/{id}/difference",
    params(("id" = i64, Path), Between),
    responses((status = 200, body = ResourceDifference))
)]
pub(super) async fn compare_resource(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    Query(between): Query<Between>,
) -> api_v2::Result<Json<ResourceDifference>> {
    let (from, to) = between.instants()?;
    let mut tx = resources.db.snapshot(&actor).await?;
    let to = to.unwrap_or(tx.now());
    let sides = [details_as_of(&mut tx, id, from).await, details_as_of(&mut tx, id, to).await];
    if let [Err(Error::NotFound(why)), Err(Error::NotFound(_))] = &sides {
        return Err(Error::not_found(why.clone()).into());
    }
    let [before, after] = sides;
    let (mut before, mut after) = (fields(before)?, fields(after)?);
    if let (Some(Value::Object(one)), Some(Value::Object(other))) = (before.get_mut("attrs"), after.get_mut("attrs")) {
        drop_equal(one, other);
    }
    drop_equal(&mut before, &mut after);
    Ok(Json(ResourceDifference { before, after }))
}

/// The fields as they are shown, but for the rights, which have no past; none where there was no resource.
fn fields(side: Result<Details>) -> Result<Map<String, Value>> {
    let details = match side {
        Err(Error::NotFound(_)) => return Ok(Map::new()),
        other => other?,
    };
    let Value::Object(mut fields) = serde_json::to_value(ResourceBody::from(details)).map_err(Error::internal)? else {
        return Err(Error::internal("a resource was shown that is no object"));
    };
    fields.remove("permissions");
    Ok(fields)
}
