//! The rules by which the repository is laid out, held by tests: which crate may use which, how large a file may
//! grow, where HTTP and SQL may be named, and which words we do not use.
//!
//! Each check is a function from sources to breaches, proved on small made-up sources beside it, and one test that
//! runs it over the repository. A breach is a sentence with a place; all breaches of a rule are shown at once.

mod actions;
mod budget;
mod doors;
mod layering;
mod source;
mod sql;
mod tables;
mod words;
mod writes;

/// Fails with every breach of a rule and with the way to mend them.
#[track_caller]
fn hold(rule: &str, mend: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "\n\n{rule}\n\nBroken here:\n  {}\n\nHow to mend it: {mend}\n", breaches.join("\n  "));
}

#[test]
#[should_panic(expected = "Broken here:\n  a.rs:1 does this\n  b.rs:2 does that\n\nHow to mend it: do neither")]
fn all_breaches_of_a_rule_are_shown_at_once() {
    hold("Nobody does anything.", "do neither", &["a.rs:1 does this".to_owned(), "b.rs:2 does that".to_owned()]);
}
