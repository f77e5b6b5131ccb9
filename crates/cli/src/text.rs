//! JSON values and numbers as text for people.

use serde_json::Value;

/// A scalar as it is, lists with commas, nothing for null, objects as JSON.
pub(crate) fn of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text),
        Value::Array(values) => values.iter().map(of).collect::<Vec<_>>().join(", "),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The text in one line and without control characters: what other people wrote into a note or a name must not
/// steer this person's terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `1 block`, `1,024 blocks`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// The number with commas between groups of three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_words() {
        assert_eq!(of(&json!(null)), "");
        assert_eq!(of(&json!(["a", 7, true])), "a, 7, yes");
        assert_eq!(of(&json!({"a": 1})), r#"{"a":1}"#);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(of(&json!("red \u{1b}[31mtext\r\nnext\u{9b}2J")), "red  [31mtext  next 2J");
    }

    #[test]
    fn counts_are_grouped_and_agree_with_their_noun() {
        assert_eq!(count(1, "block"), "1 block");
        assert_eq!(count(0, "block"), "0 blocks");
        assert_eq!(count(999, "line"), "999 lines");
        assert_eq!(count(1_000, "line"), "1,000 lines");
        assert_eq!(count(1_234_567, "line"), "1,234,567 lines");
    }
}
