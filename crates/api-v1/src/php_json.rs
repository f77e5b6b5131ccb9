//! JSON in the bytes that PHP's `json_encode` writes without options, since some clients of API v1 compare texts:
//! `/` is `\/`, everything beyond ASCII is `\uXXXX`, and a float without a fraction is written as a whole number.

use std::io::{self, Write};

use kernel::{Error, Result};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes a value as PHP would. Fails only for what JSON can't hold, such as a map whose keys are not texts.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Php)).map_err(Error::internal)?;
    Ok(bytes)
}

struct Php;

impl Formatter for Php {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| c == '/' || !c.is_ascii()) {
            let (plain, special) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = special.chars();
            match chars.next() {
                Some('/') => writer.write_all(b"\\/")?,
                Some(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
                None => {}
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    /// The shortest digits that give the same number again, as PHP has written them since 7.1
    /// (`serialize_precision = -1`): in full from 0.0001 to below 10^17, else as `1.0e+25`.
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let size = value.abs();
        if size == 0.0 || (1e-4..1e17).contains(&size) {
            return write!(writer, "{value}");
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = if digits.contains('.') { "" } else { ".0" };
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        write!(writer, "{digits}{fraction}e{sign}{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "json!() at the call reads best")]
    fn php(value: Value) -> String {
        String::from_utf8(to_vec(&value).unwrap()).unwrap()
    }

    #[test]
    fn slashes_are_escaped_in_values_and_names() {
        assert_eq!(php(json!({"a/b": "15.15.15.128/30"})), r#"{"a\/b":"15.15.15.128\/30"}"#);
    }

    #[test]
    fn everything_beyond_ascii_is_escaped_as_utf_16() {
        assert_eq!(php(json!("é😀/ß\u{7f}")), "\"\\u00e9\\ud83d\\ude00\\/\\u00df\u{7f}\"");
    }

    #[test]
    fn quotes_and_control_characters_are_escaped_as_php_does() {
        assert_eq!(php(json!("\"\\\n\t\r\u{8}\u{c}\u{1f}'<>&")), r#""\"\\\n\t\r\b\f\u001f'<>&""#);
    }

    #[test]
    fn floats_have_their_shortest_form_and_no_empty_fraction() {
        assert_eq!(php(json!([91.666_666, 100.0, 0.0, -2.5, 8.333_333])), "[91.666666,100,0,-2.5,8.333333]");
        assert_eq!(
            php(json!([1e16, 1e17, 1.5e25, 0.0001, 0.00001])),
            "[10000000000000000,1.0e+17,1.5e+25,0.0001,1.0e-5]"
        );
    }

    #[test]
    fn everything_else_is_plain_compact_json_in_the_given_order() {
        assert_eq!(
            php(json!({"z": null, "a": [true, 1, -1], "e": [], "o": {}})),
            r#"{"z":null,"a":[true,1,-1],"e":[],"o":{}}"#
        );
    }
}
