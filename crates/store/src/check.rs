//! Looking whether the database is sound in itself, whatever it holds.

use kernel::{Actor, Error, Result};

use crate::{Db, Tx, backup::catalog, schema};

/// Says what is not sound, one sentence each; changes nothing.
pub async fn check(db: &Db) -> Result<Vec<String>> {
    let mut tx = db.snapshot(&Actor::system("check")).await?;
    let mut found = Vec::new();
    if !tx.is_shared() {
        found.extend(file(&mut tx).await?);
    }
    for name in schema::tables_of(db.migrations()) {
        let shape = catalog::shape(&mut tx, &name).await?;
        let Some(next) = shape.next_id(&mut tx).await? else { continue };
        let highest: Option<i64> = tx.scalar(&format!("SELECT MAX(id) FROM {name}"), &[]).await?;
        if let Some(highest) = highest.filter(|highest| *highest >= next) {
            found.push(format!("{name}: there is the id {highest}, but {next} is to be given out next"));
        }
    }
    Ok(found)
}

/// Asks the database for something, to see whether it answers.
pub async fn ping(db: &Db) -> Result<()> {
    let mut tx = db.read(&Actor::system("ping")).await?;
    let steps = tx.scalar::<i64>("SELECT COUNT(*) FROM migration", &[]).await?;
    steps.map(drop).ok_or_else(|| Error::internal("a count has no answer"))
}

/// The file of the embedded database: its pages, indexes and references. PostgreSQL looks after its own.
async fn file(tx: &mut Tx) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for mut row in tx.rows("SELECT integrity_check FROM pragma_integrity_check", &[]).await? {
        let said: String = row.take(0)?;
        if said != "ok" {
            found.push(format!("the file is damaged: {said}"));
        }
    }
    let text = "SELECT \"table\", COUNT(*) FROM pragma_foreign_key_check GROUP BY \"table\"";
    for mut row in tx.rows(text, &[]).await? {
        let (table, rows): (String, i64) = (row.take(0)?, row.take(1)?);
        found.push(format!("{table}: {rows} rows refer to what does not exist"));
    }
    Ok(found)
}
