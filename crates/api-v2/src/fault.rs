//! What a reader of the document would stumble over.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

use crate::family::references;

/// The faults of a document, one sentence each: references that lead nowhere, operations without an id of their own,
/// a tag or a summary, and path parameters that are not declared, or declared but not there.
pub fn faults(document: &OpenApi) -> Vec<String> {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut faults = Vec::new();
    for reference in references(&document) {
        if reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none() {
            faults.push(format!("{reference} is referred to, but does not exist"));
        }
    }
    let mut ids = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten().filter(|(name, _)| is_method(name)) {
            let place = format!("{} {path}", method.to_uppercase());
            faults.extend(unsaid(operation, &place));
            faults.extend(undeclared(&document, path, operation, &place));
            if let Some(id) = operation["operationId"].as_str()
                && let Some(other) = ids.insert(id.to_owned(), place.clone())
            {
                faults.push(format!("{place} has the operationId {id} of {other}"));
            }
        }
    }
    faults
}

fn is_method(name: &str) -> bool {
    matches!(name, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace")
}

fn unsaid(operation: &Value, place: &str) -> Vec<String> {
    let empty = |name: &str| operation[name].as_str().is_none_or(str::is_empty);
    let mut faults = Vec::new();
    if empty("operationId") {
        faults.push(format!("{place} has no operationId"));
    }
    if empty("summary") {
        faults.push(format!("{place} has no summary"));
    }
    if operation["tags"].as_array().is_none_or(Vec::is_empty) {
        faults.push(format!("{place} has no tag"));
    }
    if !operation["responses"].as_object().is_some_and(has_success) {
        faults.push(format!("{place} says nothing about its success"));
    }
    faults
}

fn has_success(responses: &Map<String, Value>) -> bool {
    responses.keys().any(|status| status.starts_with(['2', '3']))
}

fn undeclared(document: &Value, path: &str, operation: &Value, place: &str) -> Vec<String> {
    let in_path: BTreeSet<&str> =
        path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
    let declared: BTreeSet<&str> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| match parameter["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => document.pointer(pointer).unwrap_or(parameter),
            None => parameter,
        })
        .filter(|parameter| parameter["in"] == "path")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    let missing = in_path.difference(&declared).map(|name| format!("{place} does not declare its parameter {name}"));
    let needless = declared.difference(&in_path).map(|name| format!("{place} declares {name}, which its path lacks"));
    missing.chain(needless).collect()
}
