//! Words that we do not use, and words that must be there.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Source, attribute, each_level, is_punct};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager"];
/// Notes that promise work instead of doing it.
const PROMISES: &[&str] = &["TODO", "FIXME"];
/// The same as macros.
const PROMISING_MACROS: &[&str] = &["todo", "unimplemented"];

fn breaches(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(|s| [names(s), promises(s), exceptions(s), opening(s)].concat()).collect()
}

/// A file or folder with an empty name.
fn names(source: &Source) -> Vec<String> {
    let empty = EMPTY_NAMES.iter().filter(|name| source.has_part(name));
    empty.map(|name| format!("{}: \"{name}\" does not say what is inside", source.path)).collect()
}

/// Notes and macros that promise work.
fn promises(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| PROMISES.contains(word)) {
            found.push(format!("{} says {word}", source.place(number + 1)));
        }
    }
    source.each_level(&mut |level| {
        for pair in level.windows(2) {
            if let [TokenTree::Ident(name), bang] = pair
                && is_punct(bang, '!')
                && PROMISING_MACROS.contains(&name.to_string().as_str())
            {
                found.push(format!("{} calls {name}!", source.place(name.span().start().line)));
            }
        }
    });
    found
}

/// Exceptions to lints without a reason.
fn exceptions(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    source.each_level(&mut |level| {
        for at in 0..level.len() {
            if let Some((inside, _)) = attribute(&level[at..])
                && expects_without_reason(&inside)
            {
                let line = level[at].span().start().line;
                found.push(format!("{} expects a lint without a reason", source.place(line)));
            }
        }
    });
    found
}

fn expects_without_reason(inside: &TokenStream) -> bool {
    let mut without = false;
    each_level(inside, &mut |level| {
        for pair in level.windows(2) {
            if let [TokenTree::Ident(name), TokenTree::Group(lints)] = pair
                && name == "expect"
            {
                let mut lints = lints.stream().into_iter();
                without |= !lints.any(|token| matches!(token, TokenTree::Ident(word) if word == "reason"));
            }
        }
    });
    without
}

/// A file of the product that does not begin by saying what it is.
fn opening(source: &Source) -> Vec<String> {
    if !source.path.contains("/src/") || source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!("{} does not begin with a //! comment", source.path)]
}

#[test]
fn words_are_chosen_with_care() {
    let mut sources = Source::under(&["crates", "bench", "tests"]).unwrap();
    // These files must name the words that they look for.
    sources.retain(|source| !source.path.starts_with("tests/house/"));
    crate::hold(
        "File names say what is inside; no work is promised in comments or macros; every #[expect] has its reason; every \
         file under src begins by saying what it is.",
        "name the file after its noun; do the work or file an issue; add reason = \"...\"; write one //! sentence.",
        &breaches(&sources),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        breaches(&[Source::parse(path, text).unwrap()])
    }

    const PATH: &str = "crates/ipam/src/block.rs";

    #[test]
    fn a_name_says_what_is_inside() {
        for path in ["crates/ipam/src/utils.rs", "crates/ipam/src/common/mod.rs", "crates/ipam/tests/it/helper.rs"] {
            assert!(found(path, "//! A.").iter().any(|b| b.contains("does not say what is inside")), "{path}");
        }
        assert_eq!(found("crates/ipam/src/common_name.rs", "//! A."), [""; 0]);
    }

    #[test]
    fn no_work_is_promised() {
        let text = "//! A.\n// TODO: more\nfn f() { todo!() }\nfn g() { if x { unimplemented!(\"no\") } }\n// FIXME\n";
        assert_eq!(
            found(PATH, text),
            [
                format!("{PATH}:2 says TODO"),
                format!("{PATH}:5 says FIXME"),
                format!("{PATH}:3 calls todo!"),
                format!("{PATH}:4 calls unimplemented!"),
            ]
        );
        assert_eq!(found(PATH, "//! A todo list, and MAXTODO.\nfn todo() {}"), [""; 0]);
    }

    #[test]
    fn an_exception_has_a_reason() {
        let text = "//! A.\n#[expect(dead_code)]\nfn f() {}\nimpl A { #[cfg_attr(unix, expect(unused))] fn g() {} }";
        let without = |line| format!("{PATH}:{line} expects a lint without a reason");
        assert_eq!(found(PATH, text), [without(2), without(4)]);
        let text = "//! A.\n#[expect(dead_code, reason = \"a test calls it\")]\nfn f() { a.expect(b) }";
        assert_eq!(found(PATH, text), [""; 0]);
    }

    #[test]
    fn a_file_begins_by_saying_what_it_is() {
        assert_eq!(found(PATH, "use a::b;\n"), [format!("{PATH} does not begin with a //! comment")]);
        assert_eq!(found("crates/ipam/tests/it/main.rs", "use a::b;\n"), [""; 0]);
    }
}
