//! The table.

use kernel::{Actor, Error, Result, Timestamp, UserId};

store::record! {
    /// A saved list.
    pub struct ViewRow in "resource_view" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose it is; none for the system's own.
        owner_id: Option<UserId>,
        /// Its name.
        name: String,
        /// Whether others see it.
        shared: bool,
        /// What it shows, as JSON.
        definition: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        modified_at: Timestamp,
    }
}

impl ViewRow {
    /// Refuses whoever may not see it.
    pub(super) fn allow_read(&self, actor: &Actor) -> Result<()> {
        if self.shared || self.is_of(actor) { Ok(()) } else { Err(not_found(self.id)) }
    }

    /// Refuses whoever may not change it.
    pub(super) fn allow_change(&self, actor: &Actor) -> Result<()> {
        self.allow_read(actor)?;
        if self.is_of(actor) {
            return Ok(());
        }
        let (name, id) = (&self.name, self.id);
        Err(Error::forbidden(format!("Only its owner and administrators change the view \"{name}\" ({id}).")))
    }

    fn is_of(&self, actor: &Actor) -> bool {
        (self.owner_id.is_some() && self.owner_id == actor.user) || actor.is_administrator()
    }
}

/// There is no such view, or none that the caller may see.
pub(super) fn not_found(id: i64) -> Error {
    Error::not_found(format!("No view found with ID: {id}"))
}
