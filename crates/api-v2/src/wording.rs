//! What serde says, in words for the person who sent the body or the query.

use kernel::Error;
use serde_path_to_error::Path;

/// The error of a field, from the place where reading stopped and what serde said there. `whole` is the name of the
/// field when the place is the input as a whole; `also` are fields that exist besides those that serde knows.
pub(crate) fn explain(whole: &str, also: &[&str], path: &Path, message: &str) -> Error {
    let place = if path.iter().next().is_some() { path.to_string() } else { String::new() };
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').next().map(|name| below(&place, name));
    let (field, rule) = if let Some(field) = named("missing field `") {
        (field, "is required".to_owned())
    } else if let Some(field) = named("duplicate field `") {
        (field, "is given more than once".to_owned())
    } else if let Some(field) = named("unknown field `") {
        (field, unknown(message, also))
    } else if place.is_empty() {
        (whole.to_owned(), sentence(message))
    } else {
        (place, sentence(message))
    };
    Error::invalid(shorten(&field), rule)
}

/// The message without the position in the text, which the name of the field makes superfluous.
pub(crate) fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |end| &message[..end])
}

/// The field inside the place; serde names the place of an unknown field with the field, that of a missing one without.
fn below(place: &str, name: &str) -> String {
    match place.strip_suffix(name) {
        Some(before) if before.is_empty() || before.ends_with('.') => place.to_owned(),
        _ if place.is_empty() => name.to_owned(),
        _ => format!("{place}.{name}"),
    }
}

fn unknown(message: &str, also: &[&str]) -> String {
    // Behind the unknown name itself, the texts between backquotes are the names that exist.
    let known: Vec<&str> = message.split('`').skip(3).step_by(2).chain(also.iter().copied()).collect();
    match known.as_slice() {
        [] => "is not known here".to_owned(),
        known => format!("is not known here; known are: {}", known.join(", ")),
    }
}

fn sentence(message: &str) -> String {
    let mismatch = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((given, expected)) = mismatch.and_then(|rest| rest.rsplit_once(", expected ")) {
        if given.starts_with("integer ") && wanted(expected) == WHOLE {
            return "is too large or too small a number".to_owned();
        }
        return format!("must be {}, not {}", wanted(expected), found(given));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
        return format!("must be one of: {}", known.join(", "));
    }
    // From here on, the words of the parsers by which the values of a query are read.
    match message {
        "unsupported value" => "is given more than once".to_owned(),
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number".to_owned()
        }
        "number too large to fit in target type" => "is too large a number".to_owned(),
        "number too small to fit in target type" => "is too small a number".to_owned(),
        "invalid float literal" | "cannot parse float from empty string" => "must be a number".to_owned(),
        other => shorten(other),
    }
}

const WHOLE: &str = "a whole number";

/// A Rust type in other words.
pub(crate) fn wanted(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => WHOLE,
        "f32" | "f64" => "a number",
        "a boolean" | "\"true\", \"on\" or \"false\"" => "true or false",
        "a borrowed string" => "a string",
        "a sequence" => "a list",
        "a map" => "an object",
        structure if structure.starts_with("struct ") => "an object",
        other => other,
    }
}

fn found(given: &str) -> String {
    match given.split_once(' ') {
        Some(("string", text)) => format!("the text {}", shorten(text)),
        Some(("integer" | "floating", number)) => {
            format!("the number {}", number.trim_start_matches("point ").trim_matches('`'))
        }
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        _ => match given {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            other => shorten(other),
        },
    }
}

/// An answer repeats what was sent, but not a megabyte of it.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_becomes_a_rule() {
        for (message, rule) in [
            ("unknown variant `x`, expected one of `and`, `or`", "must be one of: and, or"),
            ("unknown variant `x`, expected `and` or `or`", "must be one of: and, or"),
            ("invalid type: floating point `1.5`, expected i64", "must be a whole number, not the number 1.5"),
            ("invalid value: integer `9223372036854775808`, expected i64", "is too large or too small a number"),
            ("invalid type: null, expected a sequence", "must be a list, not null"),
            (
                "invalid type: string \"a, expected b\", expected a map",
                "must be an object, not the text \"a, expected b\"",
            ),
            ("invalid length 1, expected a tuple of size 2", "invalid length 1, expected a tuple of size 2"),
            ("a sentence of ours", "a sentence of ours"),
        ] {
            assert_eq!(sentence(message), rule);
        }
    }

    #[test]
    fn fields_that_exist_are_listed() {
        assert_eq!(unknown("unknown field `x`, there are no fields", &[]), "is not known here");
        assert_eq!(unknown("unknown field `x`, expected `a`", &["b"]), "is not known here; known are: a, b");
    }
}
