//! Parameters from and to JSON.

use kernel::{Error, Result};
use serde_json::{Map, Value};

use super::{Param, Params, limits};

impl Params {
    /// Reads a JSON object as parameters, so that they can be read in the same way however they were sent: numbers
    /// and booleans become their texts, `null` an empty one, arrays maps with the names 0, 1, 2, ...
    pub fn from_json(value: Value) -> Result<Self> {
        match value {
            Value::Object(_) => Self::below("", value),
            _ => Err(Error::invalid("JSON", "must be an object, such as {\"name\": \"value\"}")),
        }
    }

    /// Reads the bytes of an `application/json` body.
    pub fn from_json_body(bytes: &[u8]) -> Result<Self> {
        limits::check_body(bytes.len())?;
        let value = serde_json::from_slice(bytes)
            .map_err(|error| Error::invalid("body", format!("is not valid JSON: {error}")))?;
        Self::from_json(value)
    }

    /// As JSON: all values are texts; names 0, 1, 2, ... in this order make an array.
    pub fn to_json(&self) -> Value {
        let is_list = !self.is_empty() && self.keys().enumerate().all(|(i, key)| key == i.to_string());
        let values = self.entries.iter().map(|(key, param)| {
            let value = match param {
                Param::Text(text) => Value::String(text.clone()),
                Param::Map(map) => map.to_json(),
            };
            (key.clone(), value)
        });
        if is_list { Value::Array(values.map(|(_, value)| value).collect()) } else { Value::Object(values.collect()) }
    }

    /// Reads an array or object that stands at this path.
    pub(super) fn below(path: &str, value: Value) -> Result<Self> {
        let mut reader = Reader { pairs: 0 };
        let params = match value {
            Value::Object(map) => reader.object(path, map, 0)?,
            Value::Array(list) => reader.array(path, list, 0)?,
            _ => return Err(Error::invalid(limits::shorten(path), "must be a JSON object or array")),
        };
        Ok(Self { path: path.to_owned(), ..params })
    }
}

/// Counts what it reads, and stops at the limits that hold for forms as well.
struct Reader {
    pairs: usize,
}

impl Reader {
    fn object(&mut self, path: &str, map: Map<String, Value>, depth: usize) -> Result<Params> {
        self.entries(path, map, depth)
    }

    fn array(&mut self, path: &str, list: Vec<Value>, depth: usize) -> Result<Params> {
        self.entries(path, list.into_iter().enumerate().map(|(i, value)| (i.to_string(), value)), depth)
    }

    fn entries(
        &mut self,
        path: &str,
        entries: impl IntoIterator<Item = (String, Value)>,
        depth: usize,
    ) -> Result<Params> {
        limits::check_depth(depth, path)?;
        let mut params = Params::default();
        for (key, value) in entries {
            let name = join(path, &key);
            self.pairs += 1;
            limits::check_pairs(self.pairs, &name)?;
            limits::check_name(&name, &key)?;
            let param = match value {
                Value::Object(map) => Param::Map(self.object(&name, map, depth + 1)?),
                Value::Array(list) => Param::Map(self.array(&name, list, depth + 1)?),
                Value::String(text) => Param::Text(text),
                Value::Null => Param::Text(String::new()),
                scalar @ (Value::Bool(_) | Value::Number(_)) => Param::Text(scalar.to_string()),
            };
            if let Param::Text(text) = &param {
                limits::check_value(&name, text)?;
            }
            params.set(key, param);
        }
        Ok(params)
    }
}

/// The name of a parameter below another, as brackets would write it.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}[{key}]") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!("x"), |value, _| json!({ "a": value }))
    }

    #[test]
    fn json_and_brackets_say_the_same() {
        let form = Params::from_form(b"id=5&on=true&notes=&meta[options][]=Blue&meta[options][]=Green").unwrap();
        let body = br#"{"id": 5, "on": true, "notes": null, "meta": {"options": ["Blue", "Green"]}}"#;
        assert_eq!(Params::from_json_body(body).unwrap(), form);
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        let refusal = |body: &[u8]| Params::from_json_body(body).unwrap_err().to_string();
        assert_eq!(refusal(b"[1]"), "JSON: must be an object, such as {\"name\": \"value\"}");
        assert!(refusal(b"{\"a\":").starts_with("body: is not valid JSON: EOF while parsing"));
        assert!(refusal("[".repeat(100_000).as_bytes()).contains("recursion limit exceeded"));
    }

    #[test]
    fn json_keeps_to_the_limits_of_forms() {
        assert!(Params::from_json(nested(9)).is_ok());
        let too_deep = Params::from_json(nested(10)).unwrap_err().to_string();
        assert_eq!(too_deep, format!("a{}: is nested more than 8 levels deep", "[a]".repeat(8)));

        let too_many = Params::from_json(json!({ "a": vec![1; 10_000] })).unwrap_err().to_string();
        assert_eq!(too_many, "a[9999]: is parameter number 10001; at most 10000 may be sent in one call.");

        let nul = Params::from_json(json!({"a": ["x\0"]})).unwrap_err().to_string();
        assert_eq!(nul, "a[0]: its value contains a NUL byte (%00)");

        assert!(matches!(Params::from_json(json!({"a": "x".repeat(1 << 20)})), Err(Error::TooLarge(_))));
        assert!(matches!(Params::from_json(json!({"a": {"x".repeat(1025): 1}})), Err(Error::TooLarge(_))));
    }
}
