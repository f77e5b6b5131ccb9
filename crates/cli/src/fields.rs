//! Options under the names by which the API knows them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Failure;

/// A body of the options that were given; the others are left out.
pub(crate) fn body(options: &impl Serialize) -> Result<Value, Failure> {
    given(options).map(Value::Object)
}

/// A query of the options that were given; lists are joined with commas.
pub(crate) fn query(options: &impl Serialize) -> Result<Vec<(String, String)>, Failure> {
    Ok(given(options)?.into_iter().map(|(name, value)| (name, parameter(&value))).collect())
}

fn given(options: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(options) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|_, value| !value.is_null());
            Ok(fields)
        }
        Ok(other) => Err(Failure::Usage(format!("{other} is no set of options"))),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

fn parameter(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(parameter).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
