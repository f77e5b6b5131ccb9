//! PHP's bracket rules for the name of a parameter: `fields[network-fqdn][]` is the next index of
//! `network-fqdn` of `fields`.
//!
//! PHP mends what is malformed (`a[b` becomes `a_b`); here it is refused, so that no value lands where nobody
//! meant it to.

use kernel::{Error, Result};

use super::limits;

/// A parameter's name, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// As sent.
    pub(super) whole: &'a str,
    /// Before the first bracket.
    pub(super) base: &'a str,
    /// One for each pair of brackets.
    pub(super) steps: Vec<Step<'a>>,
}

/// One level down.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// `[key]`
    Key(&'a str),
    /// `[]`
    Next,
}

impl<'a> Name<'a> {
    pub(super) fn parse(whole: &'a str) -> Result<Self> {
        let invalid = |message| Err(Error::invalid(limits::shorten(whole), message));
        let (base, mut rest) = whole.split_at(whole.find('[').unwrap_or(whole.len()));
        if base.is_empty() {
            return invalid("has no name before its first bracket");
        }
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let Some(inside) = rest.strip_prefix('[') else {
                return invalid("has text after a closing bracket; write it as name[key] or name[]");
            };
            let Some((key, after)) = inside.split_once(']') else {
                return invalid("has a bracket that is not closed; write it as name[key] or name[]");
            };
            steps.push(if key.is_empty() { Step::Next } else { Step::Key(key) });
            limits::check_depth(steps.len(), whole)?;
            rest = after;
        }
        Ok(Self { whole, base, steps })
    }
}

/// The index that a key stands for: PHP takes `7` for a number, but `07`, `+7` and `7.0` for texts.
pub(super) fn index(key: &str) -> Option<u64> {
    let canonical = key.bytes().all(|b| b.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if canonical { key.parse::<i64>().ok()?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> String {
        Name::parse(name).unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_taken_apart_at_its_brackets() {
        let name = Name::parse("fields[network-fqdn][]").unwrap();
        assert_eq!(name.base, "fields");
        assert_eq!(name.steps, [Step::Key("network-fqdn"), Step::Next]);
        assert_eq!(Name::parse("id").unwrap().steps, []);
    }

    #[test]
    fn malformed_brackets_are_refused_by_name() {
        assert_eq!(refusal("a[b"), "a[b: has a bracket that is not closed; write it as name[key] or name[]");
        assert_eq!(refusal("a[b]c"), "a[b]c: has text after a closing bracket; write it as name[key] or name[]");
        assert_eq!(refusal("a[[b]]"), "a[[b]]: has text after a closing bracket; write it as name[key] or name[]");
        assert_eq!(refusal("[a]"), "[a]: has no name before its first bracket");
    }

    #[test]
    fn eight_levels_are_taken_and_a_thousand_are_refused_in_a_short_sentence() {
        assert_eq!(Name::parse(&format!("a{}", "[b]".repeat(8))).unwrap().steps.len(), 8);
        let refusal = refusal(&format!("a{}", "[b]".repeat(1_000)));
        assert!(refusal.ends_with("...: is nested more than 8 levels deep"), "{refusal}");
        assert!(refusal.len() < 120);
    }

    #[test]
    fn only_canonical_decimals_are_indices() {
        assert_eq!(index("0"), Some(0));
        assert_eq!(index("10"), Some(10));
        for text in ["", "07", "-1", "+1", "1.0", " 1", "9223372036854775808"] {
            assert_eq!(index(text), None, "{text:?}");
        }
    }
}
