//! New ids, taken from a sequence some at a time.

use std::sync::PoisonError;

use kernel::{Error, Result};

use super::{Conn, Tx};
use crate::{Record, Value, schema};

/// Ids taken from a sequence at a time.
pub(crate) const LEASE: i64 = 256;

impl Tx {
    /// A new id for a table of records.
    pub async fn new_id<R: Record>(&mut self) -> Result<i64> {
        self.new_id_in(R::table().name).await
    }

    pub(crate) async fn new_id_in(&mut self, table: &'static str) -> Result<i64> {
        let id = match self.watch.as_mut().and_then(|watch| watch.next_id(table)) {
            Some(promised) => promised,
            None => self.take_id(table).await?,
        };
        if let Some(watch) = &mut self.watch {
            watch.took(table, id);
        }
        Ok(id)
    }

    async fn take_id(&mut self, table: &'static str) -> Result<i64> {
        if let Conn::Postgres(_) = self.conn {
            let mut ids = self.shared.ids.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(id) = take(ids.get_mut(table)) {
                return Ok(id);
            }
        } else if let Some(id) = take(self.ids.get_mut(table)) {
            return Ok(id);
        }
        let first = self.lease(table).await?;
        let range = (first + 1, first + LEASE);
        if let Conn::Postgres(_) = self.conn {
            // Sequences stand outside of transactions: what was leased stays leased, whatever becomes of this one.
            self.shared.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(table, range);
        } else {
            self.ids.insert(table, range);
            self.leased.push(table);
        }
        Ok(first)
    }

    pub(super) async fn lease(&mut self, table: &'static str) -> Result<i64> {
        let none = || Error::internal(format!("there is no sequence for the ids of {table}"));
        let mut rows = if let Conn::Postgres(client) = &mut self.conn {
            client.query("SELECT nextval($1::text::regclass)", &[Value::Text(schema::sequence(table))]).await?
        } else {
            let text = "INSERT INTO sequence (name, next) VALUES ($1, 1 + $2)
                ON CONFLICT (name) DO UPDATE SET next = sequence.next + $2 RETURNING next - $2";
            self.run(text, &[Value::Text(table.to_owned()), Value::Int(LEASE)]).await?.1
        };
        rows.pop().ok_or_else(none)?.take(0)
    }
}

fn take(range: Option<&mut (i64, i64)>) -> Option<i64> {
    let (next, end) = range?;
    let id = *next;
    (id < *end).then(|| {
        *next += 1;
        id
    })
}
