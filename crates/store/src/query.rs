//! Statements put together from parts, with their parameters; and the one place where the engines' dialects differ.

use std::borrow::Cow;

use crate::{ToValue, Value};

/// A statement in the making. Only its own text is SQL; everything from outside is a parameter.
#[derive(Debug, Clone, Default)]
pub struct Query {
    text: String,
    params: Vec<Value>,
}

impl Query {
    /// Begins with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), params: Vec::new() }
    }

    /// Adds text.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter at this place.
    pub fn bind(&mut self, value: impl ToValue) -> &mut Self {
        self.params.push(value.to_value());
        self.text.push('$');
        self.text.push_str(&self.params.len().to_string());
        self
    }

    /// Adds another statement's text and parameters, renumbered.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        let base = self.params.len();
        let mut rest = other.text.as_str();
        while let Some(at) = rest.find('$') {
            let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            self.text.push_str(&rest[..=at]);
            let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
            self.text.push_str(&(base + number).to_string());
            rest = &rest[at + 1 + digits..];
        }
        self.text.push_str(rest);
        self.params.extend(other.params.iter().cloned());
        self
    }

    /// The text, with `$1`, `$2`, ... for the parameters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parameters.
    pub fn params(&self) -> &[Value] {
        &self.params
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// The text as SQLite reads it: `$1` is `?1`, and `= ANY($1)` asks a table-valued function.
pub(crate) fn for_sqlite(text: &str) -> Cow<'_, str> {
    if !text.contains('$') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let any = rest[..at].ends_with("= ANY(");
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[at + 1..at + 1 + digits];
        if any {
            out.push_str(rest[..at].trim_end_matches("= ANY("));
            out.push_str("IN (SELECT value FROM rarray(?");
            out.push_str(number);
            out.push(')');
        } else {
            out.push_str(&rest[..at]);
            out.push('?');
            out.push_str(number);
        }
        rest = &rest[at + 1 + digits..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_with_their_parameters() {
        let mut filter = Query::default();
        filter.push("a = ").bind(1_i64).push(" AND b = ANY(").bind(vec![2_i64, 3]).push(")");
        let mut query = Query::new("SELECT x FROM t WHERE c = ");
        query.bind("c").push(" AND ").append(&filter);
        assert_eq!(query.text(), "SELECT x FROM t WHERE c = $1 AND a = $2 AND b = ANY($3)");
        assert_eq!(query.params().len(), 3);
        assert_eq!(
            for_sqlite(query.text()),
            "SELECT x FROM t WHERE c = ?1 AND a = ?2 AND b IN (SELECT value FROM rarray(?3))"
        );
    }
}
