//! Files of the repository as the checks see them: their text, their tokens, and which part is a test.

use std::{fs, path::Path};

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};
use syn::Lit;
use walkdir::WalkDir;

/// One file, its path counted from the root of the repository.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// One Rust file.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Its tokens, but for the items under `#[cfg(test)]`.
    pub(crate) code: TokenStream,
    /// The items under `#[cfg(test)]`.
    pub(crate) tests: TokenStream,
    /// How many lines these take.
    test_lines: usize,
}

/// A string literal and the line on which it begins.
#[derive(Clone)]
pub(crate) struct Literal {
    pub(crate) line: usize,
    pub(crate) value: String,
}

/// The files with this extension under the given folders of the repository.
pub(crate) fn files(folders: &[&str], extension: &str) -> Result<Vec<Text>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in folders.iter().map(|folder| root.join(folder)).filter(|folder| folder.is_dir()) {
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.map_err(|error| error.to_string())?;
            let path = entry.path();
            if entry.file_type().is_file() && path.extension().is_some_and(|e| e == extension) {
                let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                let path = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/");
                found.push(Text { path, text });
            }
        }
    }
    Ok(found)
}

impl Source {
    /// All Rust files under `crates`.
    pub(crate) fn of_crates() -> Result<Vec<Self>, String> {
        Self::under(&["crates"])
    }

    /// All Rust files under the given folders.
    pub(crate) fn under(folders: &[&str]) -> Result<Vec<Self>, String> {
        files(folders, "rs")?.into_iter().map(|Text { path, text }| Self::parse(&path, &text)).collect()
    }

    /// Takes a text apart; says so when it is not Rust.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error: LexError| {
            format!("{path}:{} can't be read as Rust: {error}", error.span().start().line)
        })?;
        let (code, tests, test_lines) = split_tests(tokens);
        Ok(Self { path: path.to_owned(), text: text.to_owned(), code, tests, test_lines })
    }

    /// The crate: `ipam` for `crates/ipam/src/lib.rs`.
    pub(crate) fn owner(&self) -> &str {
        owner(&self.path)
    }

    /// Whether it belongs to the library or program itself: under `src`, and not a file of tests.
    pub(crate) fn is_product(&self) -> bool {
        self.path.contains("/src/") && !self.has_part("tests")
    }

    /// Whether the file or a folder around it has this name: `api` for `block/api.rs` and `block/api/split.rs`.
    pub(crate) fn has_part(&self, name: &str) -> bool {
        self.path.split('/').skip(2).any(|part| part.trim_end_matches(".rs") == name)
    }

    /// How many lines it has, those of its tests left out.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count() - self.test_lines
    }

    /// Calls the visitor with the tokens of each level, tests included.
    pub(crate) fn each_level(&self, visit: &mut dyn FnMut(&[TokenTree])) {
        each_level(&self.code, visit);
        each_level(&self.tests, visit);
    }

    /// `path:line`, to click on.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// The crate to which a path under `crates` belongs; empty elsewhere.
pub(crate) fn owner(path: &str) -> &str {
    path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// Calls the visitor with the tokens of each level: the stream itself, then the inside of each bracket.
pub(crate) fn each_level(stream: &TokenStream, visit: &mut dyn FnMut(&[TokenTree])) {
    let level: Vec<TokenTree> = stream.clone().into_iter().collect();
    visit(&level);
    for token in &level {
        if let TokenTree::Group(group) = token {
            each_level(&group.stream(), visit);
        }
    }
}

/// The string literals of a stream; comments and attributes hold none that counts.
pub(crate) fn literals(stream: &TokenStream) -> Vec<Literal> {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some((_, length)) = attribute(&tokens[at..]) {
            at += length;
            continue;
        }
        match token {
            TokenTree::Group(group) => found.extend(literals(&group.stream())),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal.clone()) {
                    found.push(Literal { line: literal.span().start().line, value: text.value() });
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
        at += 1;
    }
    found
}

/// The attribute with which the tokens begin (`#[...]`, `#![...]`, a doc comment): its inside, and its length.
pub(crate) fn attribute(tokens: &[TokenTree]) -> Option<(TokenStream, usize)> {
    let skip = match tokens {
        [hash, bang, ..] if is_punct(hash, '#') && is_punct(bang, '!') => 2,
        [hash, ..] if is_punct(hash, '#') => 1,
        _ => return None,
    };
    match tokens.get(skip) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => Some((group.stream(), skip + 1)),
        _ => None,
    }
}

/// Whether the token is this sign.
pub(crate) fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The code, its items under `#[cfg(test)]`, and the number of lines that these take.
fn split_tests(stream: TokenStream) -> (TokenStream, TokenStream, usize) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let (mut code, mut tests, mut lines, mut at) = (Vec::new(), Vec::new(), 0, 0);
    while let Some(token) = tokens.get(at) {
        let end = match attribute(&tokens[at..]) {
            Some((inside, length)) if is_cfg_test(&inside) => end_of_item(&tokens, at + length),
            _ => at,
        };
        if end > at {
            tests.extend_from_slice(&tokens[at..end]);
            lines += tokens[end - 1].span().end().line - token.span().start().line + 1;
            at = end;
        } else {
            code.push(token.clone());
            at += 1;
        }
    }
    (code.into_iter().collect(), tests.into_iter().collect(), lines)
}

/// One past the item that begins here: past its body, or its semicolon.
fn end_of_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while let Some((_, length)) = attribute(&tokens[at..]) {
        at += length;
    }
    let ends = |token: &TokenTree| {
        is_punct(token, ';') || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |length| at + length + 1)
}

/// Whether the inside of an attribute is `cfg(test)` or `cfg(all(test, ...))`.
fn is_cfg_test(inside: &TokenStream) -> bool {
    let text = inside.to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r##"//! Reads FROM nothing.

const SQL: &str = "SELECT \
    1";

fn shout() {
    println!("loud {}", r#"raw "text" too"#);
}

#[cfg(test)]
mod tests {
    const X: &str = "in a test";
}
"##;

    fn source() -> Source {
        Source::parse("crates/ipam/src/block/api.rs", FILE).unwrap()
    }

    #[test]
    fn a_path_tells_the_crate_and_the_parts() {
        let source = source();
        assert_eq!(source.owner(), "ipam");
        assert!(source.is_product());
        assert!(source.has_part("api") && source.has_part("block"));
        assert!(!source.has_part("ipam"), "the crate's own name is not a part of its layout");
        assert_eq!(source.place(3), "crates/ipam/src/block/api.rs:3");
        assert!(!Source::parse("crates/ipam/tests/it/main.rs", "").unwrap().is_product());
        assert!(!Source::parse("crates/ipam/src/block/tests.rs", "").unwrap().is_product());
    }

    #[test]
    fn tests_are_left_out_of_lines_and_code() {
        let source = source();
        assert_eq!(source.lines(), 9);
        assert!(source.tests.to_string().contains("in a test"));
        assert!(!source.code.to_string().contains("in a test"));
    }

    #[test]
    fn an_item_after_the_tests_counts() {
        let text = "#[cfg(test)]\nuse a::b;\n#[cfg(all(test, unix))]\n#[path = \"x.rs\"]\nmod tests;\nfn f() {}\n";
        let source = Source::parse("crates/x/src/lib.rs", text).unwrap();
        assert_eq!(source.code.to_string(), "fn f () { }");
        assert_eq!(source.lines(), 1);
    }

    #[test]
    fn literals_have_their_value_and_line_and_comments_are_none() {
        let found: Vec<_> = literals(&source().code).into_iter().map(|l| (l.line, l.value)).collect();
        let expected = [(3, "SELECT 1"), (7, "loud {}"), (7, "raw \"text\" too")];
        assert_eq!(found, expected.map(|(line, value)| (line, value.to_owned())));
    }

    #[test]
    fn what_is_not_rust_is_named() {
        let error = Source::parse("crates/x/src/lib.rs", "fn f( {").err().unwrap();
        assert!(error.starts_with("crates/x/src/lib.rs:1 can't be read as Rust"), "{error}");
    }
}
