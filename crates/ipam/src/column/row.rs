//! The table of columns that have been given a name.

use serde::{Deserialize, Serialize};

store::record! {
    /// A column with a name of the instance's own.
    #[derive(Serialize, Deserialize)]
    pub struct NamedColumn in "ipam_column" secret [] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// The field of a block.
        field: String,
        /// Its name, for people.
        name: String,
        /// Whether pages show it.
        shown: bool,
    }
}
