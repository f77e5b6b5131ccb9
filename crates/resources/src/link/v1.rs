//! Links in API v1.

use api_v1::{Answer, Params, Request};
use kernel::{Error, Page, ResourceId, Result};
use serde_json::{Map, Value, json};

use super::{LinkQuery, find_links};
use crate::Resources;

/// `target=resource&action=getLink`
pub(crate) async fn get_link(resources: Resources, request: Request) -> Result<Answer> {
    let query = query(&request.params)?;
    let mut tx = resources.db.read(&request.actor).await?;
    let found = find_links(&mut tx, &query).await?;
    if found.found_count == 0 {
        return Ok(Answer::ok("Search successful").data(json!({})));
    }
    let mut data = Map::new();
    let meta = json!({"totalRecords": found.found_count.to_string(), "retrieved": found.links.len()});
    data.insert("meta".to_owned(), meta);
    for (n, link) in found.links.into_iter().enumerate() {
        let mut one = json!({
            "id": link.id.to_string(),
            "resource_id1": link.resource_id1.to_string(),
            "resource_id2": link.resource_id2.to_string(),
            "relation": link.relation,
        });
        if let Some(text) = link.data {
            one["data"] = text.into();
        }
        data.insert(n.to_string(), one);
    }
    Ok(Answer::ok("Search successful").data(Value::Object(data)))
}

fn query(params: &Params) -> Result<LinkQuery> {
    let limit = params.number::<u32>("resultsPerPage")?;
    if limit.is_some_and(|limit| !(1..=Page::MOST).contains(&limit)) {
        return Err(Error::invalid("resultsPerPage", format!("must be 1 to {}", Page::MOST)));
    }
    let offset = match (params.number::<u32>("page")?, limit) {
        (None, _) => 0,
        (Some(_), None) => return Err(Error::invalid("page", "needs resultsPerPage, the number of links on a page")),
        (Some(page), Some(limit)) => page
            .checked_sub(1)
            .and_then(|before| before.checked_mul(limit))
            .ok_or_else(|| Error::invalid("page", "must be 1 or more, and begin before link 4294967296"))?,
    };
    Ok(LinkQuery {
        id: params.number("id")?,
        relations: params.text("relation")?.map(|relation| vec![relation.to_owned()]),
        resource_id: None,
        resource_id1: params.number("resource_id1")?.map(ResourceId),
        resource_id2: params.number("resource_id2")?.map(ResourceId),
        offset,
        limit: limit.unwrap_or(Page::MOST),
    })
}
