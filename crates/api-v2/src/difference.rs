//! What is not the same in two objects.

use serde_json::{Map, Value};

/// Leaves of two objects only the fields that differ.
pub fn drop_equal(one: &mut Map<String, Value>, other: &mut Map<String, Value>) {
    let same: Vec<String> = one.iter().filter(|(k, v)| other.get(*k) == Some(v)).map(|(k, _)| k.clone()).collect();
    for name in same {
        one.remove(&name);
        other.remove(&name);
    }
}
