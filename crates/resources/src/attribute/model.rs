//! What an attribute is.

use indexmap::IndexMap;
use kernel::ResourceId;
use store::Bytes;

/// Attributes by name, each with its values in order, in the order in which the names were first written.
pub type Attributes = IndexMap<String, Vec<String>>;

store::record! {
    /// One value of an attribute of a resource.
    pub struct Attribute in "resource_attr" secret ["sealed"] part_of [("resource_id", "resource")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The resource.
        resource_id: ResourceId,
        /// The attribute's name; for the field of a section, the field's slug.
        name: String,
        /// Its place among the values of the same name, from 0.
        position: i64,
        /// The value; a mask when it is sealed.
        value: String,
        /// The value as a number, if it is one; see [`number`].
        number: Option<i64>,
        /// The value itself, encrypted, when it is kept from sight.
        sealed: Option<Bytes>,
    }
}

/// A key that sorts as the number does that this text holds; `None` for what is not a plain decimal number. It has the
/// precision of a double, about 16 digits.
pub(crate) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    // `-0` and `0` are the same number.
    let bits = (number + 0.0).to_bits().cast_signed();
    // The bits of positive doubles sort as integers; those of negative ones the other way round, below them.
    Some(if bits < 0 { bits ^ i64::MAX } else { bits })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_decimal_numbers_are_numbers() {
        for text in ["0", "-1", "+5", "3.25", " 17 ", ".5"] {
            assert!(number(text).is_some(), "{text}");
        }
        for text in ["", "-", "1e5", "inf", "nan", "0x10", "1,5", "10.0.0.1", "7b"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(number("-0"), number("0.00"));
        assert_eq!(number("7"), number("007.0"));
    }

    proptest! {
        #[test]
        fn keys_sort_as_numbers_do(a in -1e9..1e9_f64, b in -1e9..1e9_f64) {
            let (key_a, key_b) = (number(&format!("{a}")).unwrap(), number(&format!("{b}")).unwrap());
            prop_assert_eq!(a.total_cmp(&b), key_a.cmp(&key_b));
        }
    }
}
