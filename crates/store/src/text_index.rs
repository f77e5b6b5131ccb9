//! Finding pieces of texts.

use crate::{Query, Tx};

/// An index in which a text is found by any three letters of it. A migration makes it: on SQLite a table of FTS5 with
/// this name and the trigram tokenizer, which triggers keep up; on PostgreSQL an index of `pg_trgm` on the columns in
/// small letters. Nobody writes it, so no write can forget it.
#[derive(Debug)]
pub struct TextIndex {
    /// Its name.
    pub name: &'static str,
    /// The table of records whose texts it holds.
    pub table: &'static str,
    /// The columns.
    pub columns: &'static [&'static str],
}

impl TextIndex {
    /// The fewest characters of a text that is found.
    pub const SHORTEST: usize = 3;

    /// `SELECT what FROM` the table, as `t`, `WHERE` one of the columns has this text in it, whatever the case of its
    /// letters. More conditions may follow, beginning with ` AND `. Rows come as they are found.
    pub fn containing(&self, tx: &Tx, what: &str, text: &str) -> Query {
        let (name, table) = (self.name, self.table);
        // The index knows only what there is now.
        if tx.is_shared() || tx.is_overlaid(table) {
            let escape = if tx.is_shared() { "" } else { " ESCAPE '\\'" };
            let mut query = Query::new(format!("SELECT {what} FROM {table} t WHERE ("));
            let like = format!("%{}%", escaped(&text.to_ascii_lowercase()));
            for (n, column) in self.columns.iter().enumerate() {
                let or = if n > 0 { " OR " } else { "" };
                query.push(&format!("{or}LOWER(t.{column}) LIKE ")).bind(like.as_str()).push(escape);
            }
            query.push(")");
            return query;
        }
        let mut query =
            Query::new(format!("SELECT {what} FROM {name} JOIN {table} t ON t.id = {name}.rowid WHERE {name} MATCH "));
        query.bind(format!("\"{}\"", text.replace('"', "\"\"")));
        query
    }
}

/// The text with what has a meaning to `LIKE` as itself.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
