//! Archived copies in API v1: `target=resource&action=get&getFromBackup=1&orig_id=...`.
//!
//! Each is shown as its resource was, under the id of the resource, since whatever a script does next it does to that;
//! the copy's own id is the `backup_id`.

use api_v1::{Answer, Request};
use kernel::{Error, Order, Page, ResourceId, Result};
use serde_json::Value;

use super::backups;
use crate::{
    Resources,
    resource::{list_order, list_place, v1_read},
};

/// Those of one resource, the oldest first.
pub(crate) async fn get(resources: Resources, request: Request) -> Result<Answer> {
    let params = &request.params;
    params.at_most_one(&["id", "orig_id", "custom_id", "resource__in", "resource__not_in"])?;
    let needed = || Error::invalid("orig_id", "is required with getFromBackup: the id of the resource");
    let id = ResourceId(params.number("orig_id")?.ok_or_else(needed)?);
    let (offset, limit) = list_place(params)?;
    let order: Order = list_order(params)?;
    let page = Page { offset, limit: limit.unwrap_or(Page::MOST) };
    let mut tx = resources.db.read(&request.actor).await?;
    let (found, found_count) = backups(&mut tx, id, order, page).await.map_err(|error| match error {
        Error::NotFound(_) => Error::not_found("Search failed"),
        other => other,
    })?;
    let data: Vec<Value> = found
        .iter()
        .map(|backup| {
            let mut shape = v1_read(&backup.details);
            shape["orig_id"] = id.to_string().into();
            shape["backup_id"] = backup.copy.id.to_string().into();
            shape["backup_date"] = backup.copy.taken_at.epoch_seconds().into();
            shape
        })
        .collect();
    let result_count = data.len();
    Ok(Answer::ok("Search successful").data(data).with("result_count", result_count).with("found_count", found_count))
}
