//! Records: rows whose every change is written to the change log.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use kernel::Result;

use crate::{Kind, Row, Value};

/// A row type. Made by [`record!`](crate::record!); nothing else implements it.
pub trait Record: Sized + Send + Sync + 'static {
    /// The table behind it.
    fn table() -> &'static Table;
    /// The row's id.
    fn row_id(&self) -> i64;
    /// How often the row has been changed: the precondition of the next change.
    fn version(&self) -> i64;
    /// Called by the store when a change has been planned.
    fn set_version(&mut self, version: i64);
    /// All columns, in the table's order.
    fn values(&self) -> Vec<Value>;
    /// The columns of a `SELECT` in the table's order, back into the type.
    fn from_row(row: Row) -> Result<Self>;
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether its content must stay out of the change log.
    pub secret: bool,
    /// The table of the thing of which the record is a part, when this column holds that thing's id: what happens to
    /// the part is then found under the thing as well.
    pub part_of: Option<&'static str>,
}

/// A table of records: the first column is `id`, and one is `version`.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [ColumnInfo],
    texts: OnceLock<Texts>,
    updates: OnceLock<Mutex<HashMap<u64, Arc<UpdateTexts>>>>,
}

/// Statements made from the columns, once per table.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) select: String,
    pub(crate) insert_one: String,
    pub(crate) delete_one: String,
    pub(crate) insert_many: String,
    pub(crate) delete_many: String,
}

/// The statements that write some of the columns.
#[derive(Debug)]
pub(crate) struct UpdateTexts {
    pub(crate) one: String,
    pub(crate) many: String,
}

impl Table {
    /// A table; see [`record!`](crate::record!).
    pub const fn new(name: &'static str, columns: &'static [ColumnInfo]) -> Self {
        assert!(columns.len() <= 64, "a set of columns is kept in 64 bits");
        Self { name, columns, texts: OnceLock::new(), updates: OnceLock::new() }
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.columns.iter().map(|column| column.kind)
    }

    pub(crate) fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Texts::of(self.name, self.columns))
    }

    /// The statements that write the columns of this set of bits.
    pub(crate) fn update(&self, changed: u64) -> Arc<UpdateTexts> {
        let known = self.updates.get_or_init(Mutex::default);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(changed).or_insert_with(|| Arc::new(UpdateTexts::of(self.name, self.columns, changed))).clone()
    }

    /// The columns for a `SELECT`, each with the alias of the table before it.
    pub fn select(&self, alias: &str) -> String {
        let columns: Vec<_> = self.columns.iter().map(|c| format!("{alias}.{}", c.name)).collect();
        columns.join(", ")
    }
}

impl Texts {
    fn of(table: &str, columns: &[ColumnInfo]) -> Self {
        let join = |f: &dyn Fn(usize, &ColumnInfo) -> String| {
            columns.iter().enumerate().map(|(i, c)| f(i, c)).collect::<Vec<_>>().join(", ")
        };
        let names = join(&|_, c| c.name.to_owned());
        let numbers = join(&|i, _| format!("${}", i + 1));
        let arrays = join(&|i, c| format!("${}::{}[]", i + 1, c.kind.postgres()));
        Self {
            select: format!("SELECT {names} FROM {table}"),
            insert_one: format!("INSERT INTO {table} ({names}) VALUES ({numbers})"),
            delete_one: format!("DELETE FROM {table} WHERE id = $1 AND version = $2"),
            insert_many: format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})"),
            delete_many: format!(
                "DELETE FROM {table} AS t USING unnest($1::bigint[], $2::bigint[]) AS u(id, was) \
                 WHERE t.id = u.id AND t.version = u.was"
            ),
        }
    }
}

impl UpdateTexts {
    /// The parameters are all columns and then the version that the row must have; only the set's columns are used.
    fn of(table: &str, columns: &[ColumnInfo], changed: u64) -> Self {
        let last = columns.len() + 1;
        let used = || columns.iter().enumerate().filter(|(i, _)| changed & (1 << i) != 0);
        let sets: Vec<_> = used().map(|(i, c)| format!("{} = ${}", c.name, i + 1)).collect();
        let from_u: Vec<_> = used().map(|(_, c)| format!("{0} = u.{0}", c.name)).collect();
        let arrays: Vec<_> =
            columns.iter().enumerate().map(|(i, c)| format!("${}::{}[]", i + 1, c.kind.postgres())).collect();
        let names: Vec<_> = columns.iter().map(|c| c.name).collect();
        Self {
            one: format!("UPDATE {table} SET {} WHERE id = $1 AND version = ${last}", sets.join(", ")),
            many: format!(
                "UPDATE {table} AS t SET {} FROM unnest({}, ${last}::bigint[]) AS u({}, was) \
                 WHERE t.id = u.id AND t.version = u.was",
                from_u.join(", "),
                arrays.join(", "),
                names.join(", ")
            ),
        }
    }
}

impl Kind {
    /// The type's name in PostgreSQL.
    pub(crate) const fn postgres(self) -> &'static str {
        match self {
            Self::Int => "bigint",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }
}

/// Declares a record: a struct whose fields are the columns of a table, in order. `id` comes first, and there is a
/// `version`. Columns named after `secret` stay out of the change log. `part_of [("planet_id", "planet")]` after them says
/// that a moon is a part of its planet, whose history then shows what happens to the moon.
///
/// ```
/// store::record! {
///     /// A planet.
///     pub struct Planet in "planet" secret ["discoverer"] {
///         /// Its id.
///         id: i64,
///         /// How often it changed.
///         version: i64,
///         /// Its name.
///         name: String,
///         /// Who found it.
///         discoverer: Option<String>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident in $table:literal secret $secret:tt $(part_of $parts:tt)? {
            $( $(#[$field_meta:meta])* $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $type ),+ }

        impl $crate::Record for $name {
            fn table() -> &'static $crate::Table {
                const PARTS: &[(&str, &str)] = $crate::parts!($($parts)?);
                static TABLE: $crate::Table = $crate::Table::new($table, &[
                    $($crate::ColumnInfo {
                        name: stringify!($field),
                        kind: <$type as $crate::Column>::KIND,
                        secret: $crate::is_one_of(stringify!($field), &$secret),
                        part_of: $crate::part_of(stringify!($field), PARTS),
                    }),+
                ]);
                &TABLE
            }

            fn row_id(&self) -> i64 {
                self.id.clone().into()
            }

            fn version(&self) -> i64 {
                self.version
            }

            fn set_version(&mut self, version: i64) {
                self.version = version;
            }

            fn values(&self) -> Vec<$crate::Value> {
                vec![$($crate::ToValue::to_value(&self.$field)),+]
            }

            fn from_row(row: $crate::Row) -> kernel::Result<Self> {
                let mut values = row.into_values().into_iter();
                Ok(Self { $($field: $crate::next_column(&mut values, stringify!($field))?),+ })
            }
        }
    };
}

#[doc(hidden)]
pub fn next_column<T: crate::Column>(values: &mut std::vec::IntoIter<Value>, name: &str) -> Result<T> {
    let value = values.next().ok_or_else(|| kernel::Error::internal(format!("the answer lacks column {name}")))?;
    T::from_value(value)
}

#[doc(hidden)]
#[macro_export]
macro_rules! parts {
    () => {
        &[]
    };
    ($parts:tt) => {
        &$parts
    };
}

/// The table of which the column with this name is said to hold ids.
#[doc(hidden)]
pub const fn part_of(name: &str, parts: &[(&str, &'static str)]) -> Option<&'static str> {
    let mut i = 0;
    while i < parts.len() {
        if is_one_of(name, &[parts[i].0]) {
            return Some(parts[i].1);
        }
        i += 1;
    }
    None
}

#[doc(hidden)]
pub const fn is_one_of(name: &str, list: &[&str]) -> bool {
    let mut i = 0;
    while i < list.len() {
        let (a, b) = (name.as_bytes(), list[i].as_bytes());
        if a.len() == b.len() {
            let mut k = 0;
            while k < a.len() && a[k] == b[k] {
                k += 1;
            }
            if k == a.len() {
                return true;
            }
        }
        i += 1;
    }
    false
}
