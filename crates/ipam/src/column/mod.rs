//! Columns: what an instance calls the ten columns of its own that blocks have, and the generic code.

pub(crate) mod api;
mod change;
mod model;
mod row;

pub(crate) use row::NamedColumn;

/// The fields that may have a name, with the names that they have from the start.
pub(crate) const FIELDS: [(&str, &str); 11] = [
    ("code", "Generic code"),
    ("meta1", "Meta 1"),
    ("meta2", "Meta 2"),
    ("meta3", "Meta 3"),
    ("meta4", "Meta 4"),
    ("meta5", "Meta 5"),
    ("meta6", "Meta 6"),
    ("meta7", "Meta 7"),
    ("meta8", "Meta 8"),
    ("meta9", "Meta 9"),
    ("meta10", "Meta 10"),
];
