//! Making a backup.

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write},
};

use flate2::{Compression, write::GzEncoder};
use kernel::{Actor, Error, Result};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    BackupSummary,
    catalog::{self, TableShape},
    line::{Cell, FORMAT, Footer, Header, TableHead, VERSION},
};
use crate::{Db, Tx, Value, hex, schema};

/// How many rows are read at a time.
const CHUNK: i64 = 500;

/// Writes everything that the database holds at this instant. Others read and write meanwhile.
pub async fn backup(db: &Db, to: impl Write + Send) -> Result<BackupSummary> {
    let mut tx = db.snapshot(&Actor::system("backup")).await?;
    let migrations = schema::known(&schema::applied(&mut tx).await?, db.migrations())?;
    let mut out = Lines::new(to);
    let at = tx.now();
    let names = migrations.iter().map(|m| m.name.to_owned()).collect();
    out.line(&Header { format: FORMAT.to_owned(), version: VERSION, migrations: names, at })?;
    let mut rows = BTreeMap::new();
    for name in schema::tables_of(&migrations) {
        let shape = catalog::shape(&mut tx, &name).await?;
        let count = table(&mut tx, &shape, &mut out).await?;
        rows.insert(name, count);
    }
    out.finish(rows.clone())?;
    Ok(BackupSummary { at, rows })
}

/// Writes one table, in the order of its primary key; returns how many rows it has.
async fn table(tx: &mut Tx, shape: &TableShape, out: &mut Lines<impl Write + Send>) -> Result<u64> {
    let TableShape { name, columns, key, .. } = shape;
    let places: Option<Vec<usize>> = key.iter().map(|part| columns.iter().position(|(name, _)| name == part)).collect();
    let unkeyed = || Error::internal(format!("{name} has no primary key, so it can't be backed up"));
    let places = places.filter(|places| !places.is_empty()).ok_or_else(unkeyed)?;
    let columns: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let next_id = shape.next_id(tx).await?;
    let (list, keys) = (columns.join(", "), key.join(", "));
    out.line(&TableHead { table: name.clone(), columns, next_id })?;

    let numbers: Vec<_> = (1..=key.len()).map(|n| format!("${n}")).collect();
    let first = format!("SELECT {list} FROM {name} ORDER BY {keys} LIMIT {CHUNK}");
    let numbers = numbers.join(", ");
    let next = format!("SELECT {list} FROM {name} WHERE ({keys}) > ({numbers}) ORDER BY {keys} LIMIT {CHUNK}");
    let mut count = 0;
    let mut chunk = tx.rows(&first, &[]).await?;
    while let Some(last) = chunk.last() {
        let behind: Vec<Value> = places.iter().map(|place| last.0[*place].clone()).collect();
        for row in chunk {
            if !shape.fits(&row.0) {
                return Err(Error::internal(format!("{name} has a row whose values are not of its columns' types")));
            }
            let cells = row.into_values().into_iter().map(Cell::of).collect::<Result<Vec<_>>>()?;
            out.line(&cells)?;
            count += 1;
        }
        chunk = tx.rows(&next, &behind).await?;
    }
    Ok(count)
}

/// The lines on their way into the file.
struct Lines<W: Write> {
    out: GzEncoder<BufWriter<W>>,
    hash: Sha256,
    text: Vec<u8>,
}

impl<W: Write> Lines<W> {
    fn new(to: W) -> Self {
        let out = GzEncoder::new(BufWriter::new(to), Compression::default());
        Self { out, hash: Sha256::new(), text: Vec::new() }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        self.text.clear();
        serde_json::to_writer(&mut self.text, line).map_err(Error::internal)?;
        self.text.push(b'\n');
        self.hash.update(&self.text);
        self.out.write_all(&self.text).map_err(unwritten)
    }

    fn finish(mut self, rows: BTreeMap<String, u64>) -> Result<()> {
        let sha256 = hex::text(&self.hash.finalize_reset());
        self.line(&Footer { rows, sha256 })?;
        let mut out = self.out.finish().map_err(unwritten)?;
        out.flush().map_err(unwritten)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn unwritten(error: std::io::Error) -> Error {
    Error::Busy(format!("the backup can't be written: {error}"))
}
