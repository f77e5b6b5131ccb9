//! Counters: sums that are kept up in the transaction of each change, so that nobody counts rows when reading.

use std::collections::BTreeMap;

use kernel::Result;

use crate::{ColumnInfo, Kind, Table, Tx, Value, sqlite, tx::Conn};

/// A table of counters: integer key columns, and `n`.
#[derive(Debug)]
pub struct Counter {
    table: Table,
}

impl Counter {
    /// A counter; its columns are the key, which is the primary key of the table, and last `n`.
    pub const fn new(table: &'static str, columns: &'static [ColumnInfo]) -> Self {
        Self { table: Table::new(table, columns) }
    }

    /// An integer column of a counter.
    pub const fn column(name: &'static str) -> ColumnInfo {
        ColumnInfo { name, kind: Kind::Int, secret: false, part_of: None }
    }

    /// What follows an insert of either form.
    fn or_add(&self) -> String {
        let (name, columns) = (self.table.name, self.table.columns);
        let keys: Vec<_> = columns.iter().map(|c| c.name).filter(|name| *name != "n").collect();
        format!(" ON CONFLICT ({}) DO UPDATE SET n = {name}.n + excluded.n", keys.join(", "))
    }
}

/// What is to be added. Sorted, so that two nodes never wait for each other crosswise.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, (Option<&'static Counter>, Sums)>);

/// By key.
type Sums = BTreeMap<Vec<i64>, i64>;

impl Counts {
    pub(crate) fn add(&mut self, counter: &'static Counter, key: &[i64], by: i64) {
        let (known, sums) = self.0.entry(counter.table.name).or_default();
        *known = Some(counter);
        match sums.get_mut(key) {
            Some(sum) => *sum += by,
            None => _ = sums.insert(key.to_vec(), by),
        }
    }

    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        for (counter, sums) in self.0.into_values() {
            let Some(counter) = counter else { continue };
            let rows: Vec<Vec<Value>> = sums
                .into_iter()
                .filter(|(_, by)| *by != 0)
                .map(|(key, by)| key.into_iter().chain([by]).map(Value::Int).collect())
                .collect();
            if rows.is_empty() {
                continue;
            }
            let (texts, sets) = (counter.table.texts(), rows.iter().map(Vec::as_slice));
            match tx.conn() {
                Conn::Sqlite(connection) => {
                    let text = format!("{}{}", texts.insert_one, counter.or_add());
                    sqlite::run_many(connection, &text, sets, |_| None)?;
                }
                Conn::Postgres(client) => {
                    let text = format!("{}{}", texts.insert_many, counter.or_add());
                    client.many(&text, counter.table.kinds(), sets, None).await?;
                }
                Conn::Snapshot(_) => return Err(kernel::Error::internal("a reader can't write")),
            }
        }
        Ok(())
    }
}
