//! Writing the change log and reading it.

use kernel::{ChangeId, Page, Result, Timestamp};

use crate::{ColumnInfo, Kind, Table, ToValue as _, Tx, Value, params};

const fn column(name: &'static str, kind: Kind) -> ColumnInfo {
    ColumnInfo { name, kind, secret: false, part_of: None }
}

static CHANGE: Table = Table::new(
    "change",
    &[
        column("id", Kind::Int),
        column("at", Kind::Int),
        column("actor_id", Kind::Int),
        column("actor", Kind::Text),
        column("request", Kind::Text),
        column("operation", Kind::Text),
        column("items", Kind::Text),
    ],
);

static CHANGE_REF: Table = Table::new(
    "change_ref",
    &[column("entity", Kind::Text), column("entity_id", Kind::Int), column("change_id", Kind::Int)],
);

/// How many rows of the index of the log are collected before they are written.
const PART: usize = 8_000;

impl Tx {
    /// Writes the entries of the task that ends.
    pub(crate) async fn write_log(&mut self) -> Result<()> {
        let log = std::mem::take(&mut self.log);
        let (mut changes, mut refs) = (Vec::new(), Vec::new());
        for mut entry in log.entries {
            if entry.items.is_empty() {
                continue;
            }
            let id = self.new_id_in("change").await?;
            entry.touched.append(&mut entry.wholes);
            entry.touched.sort_unstable();
            entry.touched.dedup();
            refs.extend(
                entry
                    .touched
                    .into_iter()
                    .map(|(table, row)| vec![Value::Text(table.to_owned()), Value::Int(row), Value::Int(id)]),
            );
            entry.items.push(']');
            let actor = entry.attribution.actor;
            changes.push(vec![
                Value::Int(id),
                self.now().to_value(),
                actor.user.to_value(),
                actor.name.to_value(),
                Value::Text(actor.request.to_string()),
                Value::Text(entry.attribution.operation.to_owned()),
                Value::Text(entry.items),
            ]);
            // A large work is written in parts, since each row takes several times its size before it is sent.
            if refs.len() >= PART {
                self.insert_rows(&CHANGE, &std::mem::take(&mut changes)).await?;
                self.insert_rows(&CHANGE_REF, &std::mem::take(&mut refs)).await?;
            }
        }
        self.insert_rows(&CHANGE, &changes).await?;
        self.insert_rows(&CHANGE_REF, &refs).await
    }

    /// The latest entries of the change log that touched a thing, newest first.
    pub async fn history(&mut self, table: &str, id: impl Into<i64>, limit: u32) -> Result<Vec<Change>> {
        self.history_page(table, id, Page { offset: 0, limit }).await
    }

    /// A part of the entries of the change log that touched a thing, newest first.
    pub async fn history_page(&mut self, table: &str, id: impl Into<i64>, page: Page) -> Result<Vec<Change>> {
        let text = "SELECT c.id, c.at, c.actor, c.request, c.operation, c.items FROM change_ref r
            JOIN change c ON c.id = r.change_id WHERE r.entity = $1 AND r.entity_id = $2
            ORDER BY c.at DESC, c.id DESC LIMIT $3 OFFSET $4";
        let rows = self.rows(text, params![table, id.into(), page.limit, page.offset]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Change {
                    id: row.take(0)?,
                    at: row.take(1)?,
                    actor: row.take(2)?,
                    request: row.take(3)?,
                    operation: row.take(4)?,
                    items: serde_json::from_str(&row.take::<String>(5)?).map_err(kernel::Error::internal)?,
                })
            })
            .collect()
    }
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its id; later entries have larger ones on one node.
    pub id: ChangeId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In which request.
    pub request: String,
    /// By which operation.
    pub operation: String,
    /// `[table, id, before, after]` for each thing that changed.
    pub items: serde_json::Value,
}
