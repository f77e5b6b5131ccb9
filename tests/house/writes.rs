//! Rows are written through `store`, which writes the change log with them.

use crate::{
    source::{Source, literals},
    sql,
};

/// Files that write rows themselves (by `Tx::derive`, into tables without a change log), each with the reason. A file
/// that no longer does must leave the list.
const MAY: &[(&str, &str)] = &[
    (
        "crates/access/src/ceremony/spent.rs",
        "what was used to sign in is remembered until it would have expired anyway",
    ),
    (
        "crates/access/src/second_factor/proof.rs",
        "the last code that was used is bookkeeping; who signed in is in the log",
    ),
    (
        "crates/access/src/second_factor/remove.rs",
        "the bookkeeping goes with the app; that it was removed is in the change log",
    ),
    (
        "crates/access/src/sign_in/failures/mod.rs",
        "failed sign-ins are counted and forgotten; refused requests are noted in the log by themselves",
    ),
    (
        "crates/access/src/session/last_use.rs",
        "the last use of a session is bookkeeping, not a change that someone made",
    ),
    ("crates/access/src/token/last_use.rs", "the last use of a token is bookkeeping, not a change that someone made"),
    ("crates/registry/src/swip/exchange.rs", "what was said to a registry is a log itself, written once"),
    ("crates/ipam/src/space/edit.rs", "where a block was that is gone; that it goes is in the change log"),
    ("crates/ipam/src/profile/mod.rs", "a profile is interned once and never changes"),
    (
        "crates/ipam/src/space/journal.rs",
        "news for the caches of other nodes; the blocks themselves are in the change log",
    ),
];

/// The statement that a text writes with, if it does.
fn write(text: &str) -> Option<&'static str> {
    let words = sql::words(text);
    let at = |with: &[&str]| (0..words.len()).find(|at| sql::starts(&words[*at..], with));
    let update = || {
        let update = at(&["UPDATE"])?;
        words[update + 1..].iter().position(|word| word == "SET").filter(|distance| *distance > 0)
    };
    if at(&["INSERT", "INTO"]).is_some() {
        Some("INSERT INTO")
    } else if at(&["DELETE", "FROM"]).is_some() {
        Some("DELETE FROM")
    } else {
        update().map(|_| "UPDATE ... SET")
    }
}

/// The places outside `store` and the migrations that write rows, and the exceptions that are not needed.
fn breaches(sources: &[Source], may: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut used = Vec::new();
    for source in sources.iter().filter(|source| source.is_product() && source.owner() != "store") {
        if source.has_part("migration") || source.has_part("migrations") {
            continue;
        }
        for literal in literals(&source.code) {
            let Some(statement) = write(&literal.value) else { continue };
            if may.iter().any(|(path, _)| *path == source.path) {
                used.push(source.path.as_str());
            } else {
                found.push(format!("{} says {statement}", source.place(literal.line)));
            }
        }
    }
    let idle = may.iter().filter(|(path, _)| !used.contains(path));
    found.extend(idle.map(|(path, _)| format!("{path} writes no rows and needs no exception: take it off the list")));
    found
}

#[test]
fn rows_are_written_through_the_store() {
    crate::hold(
        "Only store and migrations write rows by SQL, so that no change escapes the change log.",
        "save the object through store; where that can't be, list the file in \
         tests/house/writes.rs with the reason.",
        &breaches(&Source::of_crates().unwrap(), MAY),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, sql: &str) -> Vec<String> {
        breaches(&[Source::parse(path, &format!("const S: &str = {sql:?};")).unwrap()], &[])
    }

    #[test]
    fn each_writing_statement_is_found() {
        let path = "crates/ipam/src/block/split.rs";
        for (sql, statement) in [
            ("INSERT INTO block (id) VALUES (1)", "INSERT INTO"),
            ("INSERT\n  INTO block", "INSERT INTO"),
            ("UPDATE block AS b SET x = 1", "UPDATE ... SET"),
            ("DELETE FROM block", "DELETE FROM"),
        ] {
            assert_eq!(found(path, sql), [format!("{path}:1 says {statement}")]);
        }
    }

    #[test]
    fn reading_is_free_and_so_is_english() {
        for sql in ["SELECT 1 FROM block FOR UPDATE", "Update the block and set its name.", "INSERT the card"] {
            assert_eq!(found("crates/ipam/src/block/read.rs", sql), [""; 0]);
        }
    }

    #[test]
    fn store_migrations_and_tests_may_write() {
        for path in ["crates/store/src/log.rs", "crates/ipam/src/migrations.rs", "crates/ipam/tests/it/main.rs"] {
            assert_eq!(found(path, "INSERT INTO block"), [""; 0]);
        }
    }

    #[test]
    fn an_exception_is_listed_and_must_be_needed() {
        let source = Source::parse("crates/x/src/row.rs", r#"const S: &str = "DELETE FROM a";"#).unwrap();
        let list = [("crates/x/src/row.rs", "hot path"), ("crates/x/src/gone.rs", "was hot")];
        assert_eq!(
            breaches(&[source], &list),
            ["crates/x/src/gone.rs writes no rows and needs no exception: take it off the list"]
        );
    }
}
