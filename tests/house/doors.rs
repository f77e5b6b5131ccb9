//! Inside a slice only the doors know HTTP and HTML; the rules behind them can be called by anyone.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Source, each_level, is_punct};

/// The crates that own a part of the domain.
const SLICES: &[&str] = &["access", "resources", "ipam", "registry", "approvals"];
/// The files (or folders) that are doors.
const DOORS: &[&str] = &["api", "v1", "page", "middleware", "door"];
/// What a model may derive, so that it can be described in the API document.
const SCHEMA: &[&str] = &["ToSchema", "IntoParams"];

/// The places behind the doors where a library of the doors is named.
fn breaches(sources: &[Source]) -> Vec<String> {
    let behind = sources.iter().filter(|source| {
        SLICES.contains(&source.owner()) && source.is_product() && !DOORS.iter().any(|door| source.has_part(door))
    });
    behind.flat_map(inside).collect()
}

fn inside(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    each_level(&source.code, &mut |level| {
        for (at, token) in level.iter().enumerate() {
            let TokenTree::Ident(name) = token else { continue };
            let what = match name.to_string().as_str() {
                "utoipa" if source.has_part("model") && only_schema(&level[at + 1..]) => continue,
                "utoipa" if only_schema(&level[at + 1..]) => "utoipa outside model.rs and api.rs".to_owned(),
                library @ ("axum" | "askama" | "utoipa" | "utoipa_axum") => library.to_owned(),
                _ => continue,
            };
            found.push(format!("{} names {what}", source.place(name.span().start().line)));
        }
    });
    found
}

/// Whether what follows `utoipa` is `::ToSchema`, `::IntoParams` or a list of these.
fn only_schema(rest: &[TokenTree]) -> bool {
    match rest {
        [first, second, what, ..] if is_punct(first, ':') && is_punct(second, ':') => match what {
            TokenTree::Group(list) => idents(&list.stream()).iter().all(|name| SCHEMA.contains(&name.as_str())),
            TokenTree::Ident(name) => SCHEMA.contains(&name.to_string().as_str()),
            _ => false,
        },
        _ => false,
    }
}

fn idents(stream: &TokenStream) -> Vec<String> {
    let ident = |token| if let TokenTree::Ident(name) = token { Some(name.to_string()) } else { None };
    stream.clone().into_iter().filter_map(ident).collect()
}

#[test]
fn only_doors_know_http_and_html() {
    crate::hold(
        "Inside access, resources and ipam only api.rs, v1.rs, page.rs, middleware.rs and door.rs name axum, utoipa or \
         askama; model.rs may derive utoipa::ToSchema and utoipa::IntoParams.",
        "move what parses a request or shapes an answer into the door, types that are described into model.rs, and let \
         the door call the rule.",
        &breaches(&Source::of_crates().unwrap()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        breaches(&[Source::parse(path, text).unwrap()])
    }

    #[test]
    fn a_door_may_name_everything() {
        let text = "use axum::Json;\n#[utoipa::path(get, path = \"/\")]\nasync fn list() {}";
        for path in ["block/api.rs", "block/v1.rs", "page.rs", "middleware.rs", "door.rs", "block/api/split.rs"] {
            assert_eq!(found(&format!("crates/ipam/src/{path}"), text), [""; 0]);
        }
        assert_eq!(found("crates/app/src/serve.rs", text), [""; 0], "only slices have an inside");
    }

    #[test]
    fn a_rule_may_name_none_of_it() {
        let text =
            "use axum::Json;\n\n#[utoipa::path(get)]\nfn f() { askama::render() }\nuse utoipa::{ToSchema, path};";
        assert_eq!(
            found("crates/ipam/src/block/split.rs", text),
            [
                "crates/ipam/src/block/split.rs:1 names axum",
                "crates/ipam/src/block/split.rs:5 names utoipa",
                "crates/ipam/src/block/split.rs:3 names utoipa",
                "crates/ipam/src/block/split.rs:4 names askama",
            ]
        );
    }

    #[test]
    fn a_model_may_derive_its_schema_and_nothing_else_may() {
        let text = "use utoipa::{IntoParams, ToSchema};\n#[derive(utoipa::ToSchema)]\nstruct Block;";
        assert_eq!(found("crates/ipam/src/block/model.rs", text), [""; 0]);
        assert_eq!(
            found("crates/ipam/src/block/split.rs", text)[0],
            "crates/ipam/src/block/split.rs:1 names utoipa outside model.rs and api.rs"
        );
        assert_eq!(found("crates/ipam/src/block/model.rs", "use utoipa::OpenApi;").len(), 1);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let text = "//! Not axum.\nconst A: &str = \"axum\";\n#[cfg(test)]\nmod tests { use axum::Router; }";
        assert_eq!(found("crates/access/src/token/mint.rs", text), [""; 0]);
    }
}
