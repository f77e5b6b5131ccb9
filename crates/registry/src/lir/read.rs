//! Finding LIRs. One is seen by whoever may read the address space of the resource that it is.

use std::collections::HashMap;

use kernel::{Action, Area, Error, LirId, Page, ResourceId, Result};
use resources::Resource;
use store::{Query, Tx, params};

use super::{Lir, LirRow};

/// The LIR with this id, if there is one, whoever asks.
pub(crate) async fn load(tx: &mut Tx, id: LirId) -> Result<LirRow> {
    tx.get::<LirRow>(id).await?.ok_or_else(|| not_found(id))
}

/// The LIR with this id and the resource that it is, if the actor may see it.
pub(crate) async fn visible(tx: &mut Tx, id: LirId) -> Result<(LirRow, Resource)> {
    let row = load(tx, id).await?;
    let resource = resources::get(tx, row.resource()).await.map_err(|_| not_found(id))?;
    resource.allow(tx.actor(), Area::Ipam, Action::Read).map_err(|_| not_found(id))?;
    Ok((row, resource))
}

/// Refuses an LIR to which blocks of this RIR can't be linked by this actor.
pub(crate) async fn check(tx: &mut Tx, id: LirId, rir: &str) -> Result<()> {
    let Ok((row, _)) = visible(tx, id).await else {
        return Err(Error::invalid("lirId", format!("there is no LIR {id}")));
    };
    if row.rir == rir {
        return Ok(());
    }
    let message = format!("LIR {id} is an account at {}, and the block is of {rir}", row.rir);
    Err(Error::invalid("lirId", message))
}

/// A part of the LIRs that the actor may see, by name, and whether there are more.
pub(super) async fn list(tx: &mut Tx, rir: Option<&str>, page: Page) -> Result<(Vec<Lir>, bool)> {
    let mut query = Query::new(format!("SELECT l.id FROM lir l {}", resources::join("r", "l.id")));
    query.push(" WHERE 0 = 0");
    if let Some(rir) = rir {
        query.push(" AND LOWER(l.rir) = ").bind(rir.trim().to_lowercase());
    }
    if let Some(visible) = resources::visible_condition(tx, Area::Ipam, "r").await? {
        query.push(" AND ").append(&visible);
    }
    query.push(" ORDER BY LOWER(r.name), l.id LIMIT ").bind(i64::from(page.limit) + 1);
    query.push(" OFFSET ").bind(i64::from(page.offset));
    let rows = tx.rows(query.text(), query.params()).await?;
    let mut ids = rows.into_iter().map(|mut row| row.take(0)).collect::<Result<Vec<LirId>>>()?;
    let more = ids.len() > page.limit as usize;
    ids.truncate(page.limit as usize);
    let found = tx.find::<LirRow>("id = ANY($1)", params![ids]).await?;
    let rows: HashMap<LirId, LirRow> = found.into_iter().map(|row| (row.id, row)).collect();
    let resources: Vec<ResourceId> = ids.iter().map(|id| ResourceId(id.0)).collect();
    let resources = resources::load(tx, &resources).await?;
    let lir = |id: &LirId| Some(Lir::of(rows.get(id)?, resources.get(&ResourceId(id.0))?));
    Ok((ids.iter().filter_map(lir).collect(), more))
}

fn not_found(id: LirId) -> Error {
    Error::not_found(format!("No LIR found with ID: {id}"))
}
