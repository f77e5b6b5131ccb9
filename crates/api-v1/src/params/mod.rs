//! The parameters of a call: a tree of names and texts, however it was sent.

mod brackets;
mod form;
mod json;
mod limits;
mod multipart;
mod read;

use std::mem;

use indexmap::IndexMap;
use kernel::{Error, Result};

use brackets::{Name, Step};
pub(crate) use limits::shorten;
pub use limits::{MAX_BODY, MAX_DEPTH, MAX_NAME, MAX_PAIRS, MAX_VALUE};

/// One parameter: a text, or named parameters below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// As sent, after decoding.
    Text(String),
    /// What brackets after the name make; a list is a map whose names are 0, 1, 2, ...
    Map(Params),
}

/// Named parameters in the order in which their names first came, at most [`MAX_DEPTH`] levels deep.
///
/// Read them with the typed accessors ([`text`](Self::text), [`flag`](Self::flag), [`ids`](Self::ids), ...): their
/// errors name the parameter and the rule it breaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    /// Where these parameters stand within those of the call, such as `attributes[0]`; empty at the top.
    path: String,
    entries: IndexMap<String, Param>,
    /// The index that `[]` takes next: one more than the highest so far.
    next: u64,
}

impl Params {
    /// Takes over the parameters of `other`; where both have a name, the one of `other` replaces the whole of ours.
    pub fn merge(&mut self, other: Self) {
        for (name, param) in other.entries {
            self.set(name, param);
        }
    }

    /// The parameter with this name.
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.entries.get(name)
    }

    /// The names, in the order in which they first came.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many there are on this level.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts a text where a name with brackets says.
    fn insert(&mut self, name: &Name<'_>, value: String) -> Result<()> {
        self.insert_below(name.base.to_owned(), &name.steps, value)
            .ok_or_else(|| Error::invalid(shorten(name.whole), "has no index left after the highest possible one"))
    }

    /// Goes down one step after another; a name has at most [`MAX_DEPTH`] of them. A text that stands in the way is
    /// replaced, as PHP does.
    fn insert_below(&mut self, key: String, steps: &[Step<'_>], value: String) -> Option<()> {
        let param = match steps {
            [] => Param::Text(value),
            [step, rest @ ..] => {
                let mut below = match self.entries.get_mut(&key) {
                    Some(Param::Map(map)) => mem::take(map),
                    _ => Self::default(),
                };
                let key = match step {
                    Step::Key(key) => (*key).to_owned(),
                    Step::Next => below.next_index()?,
                };
                below.insert_below(key, rest, value)?;
                Param::Map(below)
            }
        };
        self.set(key, param);
        Some(())
    }

    fn set(&mut self, key: String, param: Param) {
        if let Some(index) = brackets::index(&key) {
            self.next = self.next.max(index + 1);
        }
        self.entries.insert(key, param);
    }

    /// PHP's indices end at 2^63 - 1.
    fn next_index(&self) -> Option<String> {
        i64::try_from(self.next).is_ok().then(|| self.next.to_string())
    }
}
