//! Reading.

use kernel::{Error, Result};

use super::{Conn, Tx};
use crate::{Column, Merge, Record, Row, Value, schema, sqlite};

impl Tx {
    /// The rows that a question answers with. `$1`, `$2`, ... stand for the parameters; `= ANY($1)` takes a list.
    pub async fn rows(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        if schema::written_table(text).is_some() {
            return Err(Error::internal(format!("this statement writes, but was sent as a question: {text}")));
        }
        if let Some(overlay) = &self.overlay {
            let (text, params) = overlay.over(text, params, !self.is_shared());
            return self.rows_as_stored(&text, &params).await;
        }
        self.rows_as_stored(text, params).await
    }

    /// The same of what the tables hold now, also where this transaction [sees](Self::see) something else in them.
    pub async fn rows_as_stored(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        if !self.pending.is_empty() {
            self.flush().await?;
        }
        let answer = match &mut self.conn {
            Conn::Sqlite(connection) => sqlite::query(connection, text, params),
            Conn::Snapshot(snapshot) => snapshot.query(text, params).await,
            Conn::Postgres(client) => client.query(text, params).await,
        };
        self.noted(answer)
    }

    /// The first rows of several stretches of an index together, in its order.
    pub async fn merged(&mut self, merge: &Merge, stretches: &[i64], limit: usize) -> Result<Vec<Row>> {
        if self.overlay.is_some() {
            let whole = merge.at_once(stretches, limit);
            return self.rows(whole.text(), whole.params()).await;
        }
        self.flush().await?;
        let answer = match &mut self.conn {
            Conn::Sqlite(connection) => sqlite::merged(connection, merge, stretches, limit),
            Conn::Snapshot(snapshot) => snapshot.merged(merge, stretches, limit).await,
            Conn::Postgres(client) => {
                let whole = merge.whole(stretches, limit);
                client.query(whole.text(), whole.params()).await
            }
        };
        self.noted(answer)
    }

    /// The records that fulfil a condition, such as `parent_id = $1 ORDER BY name`.
    pub async fn find<R: Record>(&mut self, condition: &str, params: &[Value]) -> Result<Vec<R>> {
        let text = format!("{} WHERE {condition}", R::table().texts().select);
        let found: Vec<R> = self.rows(&text, params).await?.into_iter().map(R::from_row).collect::<Result<_>>()?;
        if let Some(watch) = &mut self.watch {
            watch.loaded(&found);
        }
        Ok(found)
    }

    /// The record with this id.
    pub async fn get<R: Record>(&mut self, id: impl Into<i64>) -> Result<Option<R>> {
        Ok(self.find("id = $1", &[Value::Int(id.into())]).await?.pop())
    }

    /// The one value that a question answers with; nothing when it has no answer or answers NULL, as `MAX` does of no
    /// rows.
    pub async fn scalar<T: Column>(&mut self, text: &str, params: &[Value]) -> Result<Option<T>> {
        let first = self.rows(text, params).await?.into_iter().next();
        first.map(|mut row| row.take::<Option<T>>(0)).transpose().map(Option::flatten)
    }
}
