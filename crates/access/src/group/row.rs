//! The table.

use kernel::GroupId;

store::record! {
    /// A group.
    pub struct GroupRow in "user_group" secret [] {
        /// Its id.
        id: GroupId,
        /// How often it has been changed.
        version: i64,
        /// Its name.
        name: String,
        /// The name in lower case, which no other group has.
        name_key: String,
        /// Whether it gives its permissions to its members.
        enabled: bool,
    }
}
