//! Reading views.

use kernel::{Page, Result};
use store::{Tx, params};

use super::row::{ViewRow, not_found};

/// The view with this id, if the actor may see it.
pub(super) async fn get(tx: &mut Tx, id: i64) -> Result<ViewRow> {
    let row = tx.get::<ViewRow>(id).await?.ok_or_else(|| not_found(id))?;
    row.allow_read(tx.actor())?;
    Ok(row)
}

/// The views that the actor may see, by name, and whether there are more behind this page.
pub(super) async fn page(tx: &mut Tx, page: Page) -> Result<(Vec<ViewRow>, bool)> {
    let (everything, user) = (tx.actor().is_administrator(), tx.actor().user);
    let condition = "$1 = 1 OR shared = 1 OR owner_id = $2 ORDER BY LOWER(name), id LIMIT $3 OFFSET $4";
    let limit = i64::from(page.limit) + 1;
    let mut rows = tx.find::<ViewRow>(condition, params![i64::from(everything), user, limit, page.offset]).await?;
    let more = rows.len() > page.limit as usize;
    rows.truncate(page.limit as usize);
    Ok((rows, more))
}
