//! As much of SQL as the checks need: words, and the tables that a statement makes or names. Keywords count in
//! capitals only, as we write them, so that an English sentence is not taken for a statement.

/// The words, quoted names and signs of a statement; comments and text values are left out. What a migration marks
/// for one engine (`--sqlite:`, `--postgres:`) is not a comment.
pub(crate) fn words(sql: &str) -> Vec<String> {
    let sql = sql.replace("--sqlite:", "").replace("--postgres:", "");
    let mut words = Vec::new();
    let mut rest = sql.as_str();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let word = &rest[..length];
        if !word.starts_with("--") && !word.starts_with('\'') && !word.trim().is_empty() {
            words.push(word.trim_matches('"').to_owned());
        }
        rest = &rest[length..];
    }
    words
}

/// The tables that a text creates.
pub(crate) fn created(sql: &str) -> Vec<String> {
    let words = words(sql);
    let places = (0..words.len()).filter(|at| starts(&words[*at..], &["CREATE", "TABLE"]));
    places
        .filter_map(|at| {
            let rest = &words[at + 2..];
            let rest = if starts(rest, &["IF", "NOT", "EXISTS"]) { &rest[3..] } else { rest };
            name(rest).map(|(name, _)| name)
        })
        .collect()
}

/// The tables that a text reads or writes.
pub(crate) fn named(sql: &str) -> Vec<String> {
    let words = words(sql);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let compares = word == "FROM" && at > 0 && words[at - 1] == "DISTINCT";
        if !matches!(word.as_str(), "FROM" | "JOIN" | "INTO" | "UPDATE") || compares {
            continue;
        }
        let mut rest = &words[at + 1..];
        while let Some((table, length)) = name(rest) {
            found.push(table);
            rest = &rest[length..];
            let alias = rest.iter().take_while(|word| *word == "AS" || is_name(word)).count();
            match rest.get(alias) {
                Some(sign) if word == "FROM" && sign == "," => rest = &rest[alias + 1..],
                _ => break,
            }
        }
    }
    found
}

/// The table name with which the words begin, without its schema, and its length in words.
fn name(words: &[String]) -> Option<(String, usize)> {
    match words {
        [schema, dot, table, ..] if is_name(schema) && dot == "." && is_name(table) => Some((table.to_lowercase(), 3)),
        [only, rest @ ..] if only == "ONLY" => name(rest).map(|(name, length)| (name, length + 1)),
        [table, ..] if is_name(table) => Some((table.to_lowercase(), 1)),
        _ => None,
    }
}

/// Whether it is a word in other than capitals: those are keywords.
fn is_name(word: &str) -> bool {
    word.chars().all(is_word) && word.chars().any(char::is_lowercase)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the words begin with these.
pub(crate) fn starts(words: &[String], with: &[&str]) -> bool {
    words.len() >= with.len() && words.iter().zip(with).all(|(word, with)| word == with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_tables_are_found_in_every_form() {
        let sql =
            "CREATE TABLE block (id INTEGER);\n-- CREATE TABLE not_this (id)\nCREATE TABLE IF NOT EXISTS \"user\" (x);
                   CREATE TABLE {name} (x); CREATE TABLE public.lir(x); CREATE TEMP TABLE t(x); create a table;
                   --sqlite: CREATE TABLE counter (x)";
        assert_eq!(created(sql), ["block", "user", "lir", "counter"]);
    }

    #[test]
    fn named_tables_are_found_behind_each_keyword() {
        assert_eq!(
            named("SELECT a.x FROM block AS a, lir l, vlan JOIN public.rule ON 1 WHERE y = 'FROM nothing'"),
            ["block", "lir", "vlan", "rule"]
        );
        assert_eq!(named("INSERT INTO block (id) VALUES (1) ON CONFLICT DO UPDATE SET id = 2"), ["block"]);
        assert_eq!(named("UPDATE block SET x = 1"), ["block"]);
        assert_eq!(named("DELETE FROM ONLY \"user\""), ["user"]);
        assert_eq!(named("SELECT * FROM (SELECT 1 FROM inner_one) x"), ["inner_one"]);
    }

    #[test]
    fn what_only_looks_like_a_table_is_not_one() {
        assert_eq!(named("SELECT 1 WHERE a IS DISTINCT FROM block"), [""; 0]);
        assert_eq!(named("SELECT 1 FOR UPDATE SKIP LOCKED"), [""; 0]);
        assert_eq!(named("take the address from block 10.0.0.0/8"), [""; 0]);
        assert_eq!(named("SELECT 1 FROM {table} -- FROM block"), [""; 0]);
    }
}
