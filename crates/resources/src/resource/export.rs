//! Lists of resources as tables, however long they are.

use kernel::{Actor, Result};
use store::Db;

use super::{OrderBy, ResourceQuery, column, column::Column, page};

/// How many rows are read at a time. Each part is a transaction of its own, so that a slow reader holds nothing.
const PART: u32 = 500;

/// A table on its way out. It goes on behind the last resource that it has shown, so that nothing is shown twice or
/// left out, whatever is added and removed meanwhile.
pub(crate) struct Export {
    db: Db,
    actor: Actor,
    query: ResourceQuery,
    columns: Vec<Column>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Titles,
    Rows,
    End,
}

impl Export {
    /// All that the actor may read of what fulfils the query, whichever part of it the query asks for.
    pub(crate) fn new(db: Db, actor: Actor, query: ResourceQuery, columns: Vec<Column>) -> Self {
        Self { db, actor, query: ResourceQuery { offset: 0, limit: None, ..query }, columns, state: State::Titles }
    }

    /// The next rows; the first ones with the titles. Nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<String>>>> {
        if self.state == State::End {
            return Ok(None);
        }
        // What is in the order of a list of ids is no longer than that list, and has no other order to go on in.
        let limit = (self.query.order_by != OrderBy::Given).then_some(PART);
        let query = ResourceQuery { limit, ..self.query.clone() };
        let mut tx = self.db.read(&self.actor).await?;
        let (found, more) = page(&mut tx, &query).await?;
        self.query.after = found.last().cloned();
        let rows = column::rows(&mut tx, found, &self.columns).await?;
        let titles = self.columns.iter().map(Column::to_string).collect();
        let titles = (self.state == State::Titles).then_some(titles);
        let cells = |row| self.columns.iter().map(|one| column::joined(&column::Row::values(row, one))).collect();
        let part = titles.into_iter().chain(rows.iter().map(cells)).collect();
        self.state = if more { State::Rows } else { State::End };
        Ok(Some(part))
    }
}
