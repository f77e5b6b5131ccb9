//! What holds for every query string.

use api_v1::{MAX_DEPTH, Params};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::Value;

/// Levels of brackets below the names.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| depth(value) + 1).max().unwrap_or(0),
        Value::Array(list) => list.iter().map(|value| depth(value) + 1).max().unwrap_or(0),
        _ => 0,
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Params::from_form(&raw);
        let _ = Params::from_json_body(&raw);
    }

    #[test]
    fn what_is_read_is_never_deeper_than_the_limit(form in "([a-c\\[\\]0=&%5BD+]{0,40}(\\[[ab0]?\\]){0,12}=x&){0,4}") {
        if let Ok(params) = Params::from_form(form.as_bytes()) {
            prop_assert!(depth(&params.to_json()) <= MAX_DEPTH + 1);
        }
    }

    #[test]
    fn a_simple_map_comes_back_as_it_was(
        map in proptest::collection::btree_map("[^\\[\\]\0]{1,10}", "[^\0]{0,20}", 0..10)
    ) {
        let form: Vec<_> = map.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let params = Params::from_form(form.join("&").as_bytes()).unwrap();
        prop_assert_eq!(params.len(), map.len());
        for (name, value) in &map {
            prop_assert_eq!(params.values(name).unwrap(), Some(vec![value.clone()]));
        }
    }

    #[test]
    fn a_tree_in_brackets_comes_back_from_its_own_json(
        form in "(a|b)((\\[[a-c]\\]|\\[[0-9]\\]|\\[\\]){0,8})=[a-z]{0,3}(&(a|b)((\\[[a-c]\\]|\\[\\]){0,8})=[a-z]{0,3}){0,6}"
    ) {
        let params = Params::from_form(form.as_bytes()).unwrap();
        prop_assert_eq!(Params::from_json(params.to_json()).unwrap(), params);
    }
}
