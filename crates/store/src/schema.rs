//! Migrations: each slice brings its own, forward only, one text for both engines.
//!
//! Differences between the engines are marked in the text: a line that begins with `--sqlite:` or `--postgres:`
//! counts on that engine only. Types are `BIGINT`, `TEXT` and `BYTEA`; `id BIGINT PRIMARY KEY` makes a table of
//! records, whose ids come from a sequence.

use kernel::{Error, Result};

use crate::{Tx, Value, params, tx::Conn, tx::LEASE};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Slice and number, such as `ipam/0001`. Never changes.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

/// The store's own tables.
pub(crate) const OWN: &[Migration] = &[
    Migration { name: "store/0001", sql: include_str!("migrations/0001.sql") },
    Migration { name: "store/0002", sql: include_str!("migrations/0002.sql") },
    Migration { name: "store/0003", sql: include_str!("migrations/0003.sql") },
    Migration { name: "store/0004", sql: include_str!("migrations/0004.sql") },
    Migration { name: "store/0005", sql: include_str!("migrations/0005.sql") },
    Migration { name: "store/0006", sql: include_str!("migrations/0006.sql") },
];

/// Tables of the store that are written without a change log.
pub(crate) const OWN_DERIVED: &[&str] = &[
    "migration",
    "sequence",
    "change",
    "change_ref",
    "job",
    "job_line",
    "idempotency",
    "audit_seal",
    "audit_head",
    "audit_gap",
    "audit_cut",
    "preview",
    "done_once",
];

/// The sequence of a table's ids on PostgreSQL.
pub(crate) fn sequence(table: &str) -> String {
    format!("{table}_id_seq")
}

/// Brings the database up to date; refuses one that is newer than this program.
pub(crate) async fn migrate(tx: &mut Tx, migrations: &[Migration]) -> Result<()> {
    tx.lock("migrate").await?;
    execute(tx, "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)").await?;
    let done = applied(tx).await?;
    known(&done, migrations)?;
    for migration in migrations.iter().filter(|m| !done.iter().any(|name| name == m.name)) {
        let text = translate(migration.sql, matches!(tx.conn(), Conn::Postgres(_)));
        execute(tx, &text).await.map_err(|e| Error::internal(format!("migration {}: {e}", migration.name)))?;
        let now = tx.now();
        tx.run("INSERT INTO migration (name, applied_at) VALUES ($1, $2)", params![migration.name, now]).await?;
        tracing::info!(migration = migration.name, "migrated");
    }
    Ok(())
}

/// The names of the steps that this database has.
pub(crate) async fn applied(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx.rows("SELECT name FROM migration", &[]).await?;
    rows.into_iter().map(|mut row| row.take(0)).collect()
}

/// Those of the program's steps that have these names, in order; refuses a name that the program does not know.
pub(crate) fn known(names: &[String], migrations: &[Migration]) -> Result<Vec<Migration>> {
    if let Some(unknown) = names.iter().find(|name| !migrations.iter().any(|m| m.name == **name)) {
        return Err(Error::conflict(format!(
            "this was written by a newer Platbook (it has {unknown}, which this program does not know); \
             use that version, or restore a backup that is older"
        )));
    }
    Ok(migrations.iter().filter(|m| names.iter().any(|name| name == m.name)).copied().collect())
}

async fn execute(tx: &mut Tx, text: &str) -> Result<()> {
    match tx.conn() {
        Conn::Sqlite(connection) => connection.execute_batch(text).map_err(Error::internal),
        Conn::Postgres(client) => client.batch(text).await,
        Conn::Snapshot(_) => Err(Error::internal("a reader can't migrate")),
    }
}

/// The names of the store's own tables and of all that these migrations make, in order.
pub fn tables(migrations: &[Migration]) -> Vec<String> {
    tables_of(&[OWN, migrations].concat())
}

/// The names of all tables that these migrations make, in order; but for what is made on one engine only.
pub(crate) fn tables_of(migrations: &[Migration]) -> Vec<String> {
    let after = |line: &str| {
        let rest = line.trim_start().strip_prefix("CREATE TABLE ")?;
        Some(rest.split([' ', '(']).next().unwrap_or_default().to_owned())
    };
    migrations.iter().flat_map(|m| m.sql.lines().filter_map(after)).collect()
}

/// The text for one engine.
fn translate(sql: &str, postgres: bool) -> String {
    let (mine, other) = if postgres { ("--postgres:", "--sqlite:") } else { ("--sqlite:", "--postgres:") };
    let mut out = String::new();
    let mut table = "";
    for line in sql.lines() {
        let line = match line.trim_start().strip_prefix(mine) {
            Some(rest) => rest,
            None if line.trim_start().starts_with(other) => continue,
            None => line,
        };
        if let Some(rest) = line.trim_start().strip_prefix("CREATE TABLE ") {
            table = rest.split([' ', '(']).next().unwrap_or_default();
        }
        let is_id = line.trim_start().starts_with("id BIGINT PRIMARY KEY");
        if postgres {
            out.push_str(line);
            if is_id {
                let create = format!("CREATE SEQUENCE {} INCREMENT BY {LEASE};\n", sequence(table));
                out.insert_str(0, &create);
            }
        } else if is_id {
            // Only this spelling makes the id the row's own address.
            out.push_str(&line.replacen("BIGINT", "INTEGER", 1));
        } else {
            out.push_str(&line.replace("BYTEA", "BLOB"));
        }
        out.push('\n');
    }
    out
}

/// The table that a statement writes.
pub(crate) fn written_table(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let rest = ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().find_map(|verb| text.strip_prefix(verb))?;
    rest.split([' ', '(', '\n']).find(|word| !word.is_empty())
}

/// How many rows each table has: for backups and checks.
pub(crate) async fn count(tx: &mut Tx, table: &str) -> Result<i64> {
    let text = format!("SELECT COUNT(*) FROM {table}");
    Ok(tx.scalar(&text, &[] as &[Value]).await?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE thing (\n  id BIGINT PRIMARY KEY,\n  key BYTEA NOT NULL\n);\n\
        --postgres: CREATE INDEX a ON thing (key);\n--sqlite: CREATE INDEX b ON thing (key);\n";

    #[test]
    fn one_text_serves_both_engines() {
        let sqlite = translate(SQL, false);
        assert!(sqlite.contains("id INTEGER PRIMARY KEY") && sqlite.contains("BLOB") && sqlite.contains("INDEX b"));
        assert!(!sqlite.contains("INDEX a"));
        let postgres = translate(SQL, true);
        assert!(postgres.contains("CREATE SEQUENCE thing_id_seq") && postgres.contains("INDEX a"));
        assert!(!postgres.contains("INDEX b"));
    }

    #[test]
    fn a_statement_tells_which_table_it_writes() {
        assert_eq!(written_table("INSERT INTO job (id) VALUES ($1)"), Some("job"));
        assert_eq!(written_table("UPDATE job SET x = 1"), Some("job"));
        assert_eq!(written_table(" DELETE FROM job"), Some("job"));
        assert_eq!(written_table("WITH a AS (SELECT 1) DELETE FROM job"), None);
    }
}
