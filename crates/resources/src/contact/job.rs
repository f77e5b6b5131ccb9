//! The job that looks a contact up and keeps it.

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use serde_json::{Value, json};
use store::job::{Job, JobContext};

use super::{ContactImport, FoundContact, Sources, card::line, import::KeepContact};

/// The kind of job.
pub(super) const KIND: &str = "contact.import";

/// Looks contacts up at these sources.
pub(crate) struct ImportContacts(pub(crate) Sources);

impl Job for ImportContacts {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let import: ContactImport = serde_json::from_value(context.payload.clone()).map_err(Error::internal)?;
            let found = self.0.get(import.source)?.look_up(&import.handle).await?;
            context.go_on()?;
            let FoundContact { handle, name, card } = found;
            let name = line(&name).unwrap_or_else(|| handle.clone());
            let found = FoundContact { handle, name, card: card.tidied() };
            let (contact, outcome) = context.db.write(&context.actor, KeepContact { import, found }).await?;
            Ok(json!({"contact_id": contact.id.to_string(), "name": contact.name, "outcome": outcome}))
        })
    }
}
