//! A crate owns its tables: no other crate names them in SQL; it calls the owner's functions.

use std::collections::BTreeMap;

use proc_macro2::TokenTree;
use syn::Lit;

use crate::{
    source::{self, Literal, Source, Text, literals, owner},
    sql,
};

/// A table, and the place where it is created or named.
struct Mention {
    table: String,
    path: String,
    line: usize,
}

/// The tables that migrations create: in `.sql` files, and in strings outside tests.
fn created(sources: &[Source], files: &[Text]) -> Vec<Mention> {
    let mut found = Vec::new();
    for file in files {
        found.extend(mentions(&file.path, 1, sql::created(&file.text)));
    }
    for source in sources.iter().filter(|source| source.is_product()) {
        for literal in literals(&source.code) {
            found.extend(mentions(&source.path, literal.line, sql::created(&literal.value)));
        }
    }
    found
}

/// The tables that statements and records name, in tests as well.
fn named(sources: &[Source], files: &[Text]) -> Vec<Mention> {
    let mut found = Vec::new();
    for file in files {
        found.extend(mentions(&file.path, 1, sql::named(&file.text)));
    }
    for source in sources {
        for literal in [literals(&source.code), literals(&source.tests)].concat() {
            found.extend(mentions(&source.path, literal.line, sql::named(&literal.value)));
        }
        for literal in records(source) {
            found.extend(mentions(&source.path, literal.line, vec![literal.value]));
        }
    }
    found
}

fn mentions(path: &str, line: usize, tables: Vec<String>) -> impl Iterator<Item = Mention> {
    tables.into_iter().map(move |table| Mention { table, path: path.to_owned(), line })
}

/// The tables behind `record! { pub struct Planet in "planet" ... }`.
fn records(source: &Source) -> Vec<Literal> {
    let mut found = Vec::new();
    source.each_level(&mut |level| {
        for pair in level.windows(2) {
            if let [TokenTree::Ident(word), TokenTree::Literal(literal)] = pair
                && word == "in"
                && let Lit::Str(name) = Lit::new(literal.clone())
            {
                found.push(Literal { line: literal.span().start().line, value: name.value() });
            }
        }
    });
    found
}

/// Which tables two crates create, and where a crate names a table of another one.
fn breaches(sources: &[Source], files: &[Text]) -> Vec<String> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for Mention { table, path, line } in created(sources, files) {
        let here = owner(&path);
        let first = owners.entry(table.clone()).or_insert_with(|| here.to_owned());
        if first != here {
            found.push(format!("{path}:{line} creates the table {table}, as {first} does"));
        }
    }
    for Mention { table, path, line } in named(sources, files) {
        if let Some(owner) = owners.get(&table).filter(|name| *name != owner(&path)) {
            found.push(format!("{path}:{line} names the table {table}, which {owner} owns"));
        }
    }
    found
}

#[test]
fn a_crate_names_only_its_own_tables() {
    let (sources, files) = (Source::of_crates().unwrap(), source::files(&["crates"], "sql").unwrap());
    crate::hold(
        "A table is named in the SQL of the crate that creates it, and nowhere else.",
        "call a public function of the crate that owns the table, and add one there if there is none.",
        &breaches(&sources, &files),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sources: &[(&str, &str)], sql: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = sources.iter().map(|(path, text)| Source::parse(path, text).unwrap()).collect();
        let files: Vec<Text> =
            sql.iter().map(|(path, text)| Text { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        breaches(&sources, &files)
    }

    const IPAM: (&str, &str) = ("crates/ipam/src/migrations.rs", r#"const M: &str = "CREATE TABLE block (id)";"#);
    const ACCESS: (&str, &str) = ("crates/access/src/migrations/0001.sql", "CREATE TABLE person (id);");

    #[test]
    fn the_owner_may_name_its_table() {
        let row = ("crates/ipam/src/block/row.rs", r#"const S: &str = "SELECT * FROM block";"#);
        assert_eq!(found(&[IPAM, row], &[ACCESS]), [""; 0]);
    }

    #[test]
    fn a_stranger_may_not() {
        let read =
            ("crates/resources/src/read.rs", "\nconst S: &str = \"SELECT * FROM entry JOIN block JOIN person\";");
        assert_eq!(
            found(&[IPAM, read], &[ACCESS]),
            [
                "crates/resources/src/read.rs:2 names the table block, which ipam owns",
                "crates/resources/src/read.rs:2 names the table person, which access owns",
            ]
        );
    }

    #[test]
    fn a_record_names_its_table() {
        let record =
            ("crates/resources/src/row.rs", "store::record! { pub struct Block in \"block\" secret [] { id: i64 } }");
        assert_eq!(
            found(&[IPAM, record], &[]),
            ["crates/resources/src/row.rs:1 names the table block, which ipam owns"]
        );
    }

    #[test]
    fn a_test_is_a_stranger_too() {
        let test = ("crates/app/tests/it/main.rs", r#"#[test] fn t() { count("SELECT * FROM block") }"#);
        assert_eq!(found(&[IPAM, test], &[]).len(), 1);
    }

    #[test]
    fn a_table_made_in_a_test_belongs_to_nobody() {
        let test =
            ("crates/store/src/tx.rs", "#[cfg(test)]\nmod tests { const S: &str = \"CREATE TABLE thing (id)\"; }");
        let other = ("crates/ipam/src/row.rs", r#"const S: &str = "SELECT * FROM thing";"#);
        assert_eq!(found(&[test, other], &[]), [""; 0]);
    }

    #[test]
    fn two_crates_may_not_make_one_table() {
        let again = ("crates/resources/src/migrations.rs", r#"const M: &str = "CREATE TABLE block (id)";"#);
        assert_eq!(
            found(&[IPAM, again], &[]),
            ["crates/resources/src/migrations.rs:1 creates the table block, as ipam does"]
        );
    }
}
