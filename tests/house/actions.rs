//! Policies can name every work that a person can ask for.

use std::collections::BTreeSet;

use crate::source::{Source, literals};

/// Where the actions are listed.
const LIST: &str = "crates/approvals/src/action.rs";

/// Works that are no action of a person by themselves, each with the reason.
const NO_ACTIONS: &[(&str, &str)] = &[
    ("access.first_start", "done at the first start"),
    ("approval.add_policy", "policies and decisions can't wait for themselves"),
    ("approval.archive", "a job"),
    ("approval.change_policy", "policies and decisions can't wait for themselves"),
    ("approval.decide", "policies and decisions can't wait for themselves"),
    ("approval.delete_policy", "policies and decisions can't wait for themselves"),
    ("approval.finish", "a job"),
    ("approval.submit", "policies and decisions can't wait for themselves"),
    ("attachment.announce", "the beginning of attachment.add"),
    ("audit.seal", "done by the program"),
    ("block.import", "the job of import.start"),
    ("contact.keep", "the job of contact.import"),
    ("import.drop", "the end of import.start"),
    ("import.upload", "the beginning of import.start"),
    ("ipam.check", "a command on the machine"),
    ("ipam.first_start", "done at the first start"),
    ("ipam.warm", "done by the program"),
    ("job.end", "done by the program"),
    ("job.heartbeat", "done by the program"),
    ("job.lease", "done by the program"),
    ("job.note", "done by the program"),
    ("log.expire", "done by the program"),
    ("log.set_retention", "a command on the machine"),
    ("login_method.admit", "a part of signing in"),
    ("master_key.adopt", "done at the first start"),
    ("oidc.admit", "done by somebody who is not signed in yet"),
    ("passkey.prove", "done by somebody who is not signed in yet"),
    ("password_reset.ask", "done by somebody who is not signed in"),
    ("password_reset.complete", "done by somebody who is not signed in"),
    ("password_reset.issue", "a job"),
    ("request.refuse", "done by the program"),
    ("resource.bootstrap", "done at the first start"),
    ("resource.import", "the job of resource.start_import"),
    ("second_factor.prove", "a part of signing in"),
    ("session.note_use", "done by the program"),
    ("session.open", "signing in"),
    ("session.sign_out", "signing out"),
    ("sign_in.count_failure", "done by the program"),
    ("sign_in.forget_failures", "done by the program"),
    ("store.migrate", "done at the start"),
    ("store.restore", "a command on the machine"),
    ("swip.advance", "the job of swip.start"),
    ("swip.exchange", "the job of swip.start"),
    ("swip.finish", "the job of swip.start"),
    ("token.note_use", "done by the program"),
];

/// The names of the works in these sources.
fn works(sources: &[Source]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for source in sources.iter().filter(|source| source.is_product() && source.owner() != "testkit") {
        for rest in source.text.split("const NAME: &'static str = \"").skip(1) {
            // Those in tests beside the code are no works of the product.
            if let Some((name, _)) = rest.split_once('"').filter(|(name, _)| !name.starts_with("test.")) {
                found.insert((name.to_owned(), source.path.clone()));
            }
        }
    }
    found
}

fn breaches(sources: &[Source], listed: &BTreeSet<String>, no_actions: &[(&str, &str)]) -> Vec<String> {
    let works = works(sources);
    let is_work = |name: &str| works.iter().any(|(work, _)| work == name);
    let is_none = |name: &str| no_actions.iter().any(|(none, _)| *none == name);
    let unknown = works.iter().filter(|(name, _)| !listed.contains(name) && !is_none(name));
    let unknown = unknown.map(|(name, path)| format!("{path}: \"{name}\" is neither an action nor said to be none"));
    let gone = listed.iter().map(String::as_str).chain(no_actions.iter().map(|(name, _)| *name));
    let gone = gone.filter(|name| !is_work(name)).map(|name| format!("there is no work \"{name}\" any more"));
    unknown.chain(gone).collect()
}

/// The names in the list of actions.
fn listed(sources: &[Source]) -> BTreeSet<String> {
    let is_name =
        |text: &String| text.contains('.') && text.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_');
    let file = sources.iter().filter(|source| source.path == LIST);
    file.flat_map(|source| literals(&source.code)).map(|literal| literal.value).filter(is_name).collect()
}

#[test]
fn policies_can_name_every_work_of_a_person() {
    let sources = Source::of_crates().unwrap();
    crate::hold(
        "Every work is an action that policies can name, or is said to be none.",
        "add its name with a sentence to crates/approvals/src/action.rs, or with a reason to tests/house/actions.rs.",
        &breaches(&sources, &listed(&sources), NO_ACTIONS),
    );
}

#[test]
fn a_work_that_is_missing_and_an_entry_without_a_work_are_named() {
    let text = "impl Work for Paint { const NAME: &'static str = \"block.paint\"; }";
    let sources = [Source::parse("crates/ipam/src/paint.rs", text).unwrap()];
    let listed = ["block.gone".to_owned()].into();
    assert_eq!(
        breaches(&sources, &listed, &[]),
        [
            "crates/ipam/src/paint.rs: \"block.paint\" is neither an action nor said to be none",
            "there is no work \"block.gone\" any more"
        ]
    );
    assert_eq!(breaches(&sources, &["block.paint".to_owned()].into(), &[]), [""; 0]);
}
