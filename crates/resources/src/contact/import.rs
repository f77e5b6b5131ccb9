//! Importing a contact by its handle: what was asked for becomes a job, and what was found becomes a contact.

use kernel::{Action, Actor, Area, Error, JobId, ResourceId, Result};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, job::NewJob};

use super::{CONTACT, ContactType, FoundContact, HANDLE, TYPE, card::line, job::KIND, read, rule::check_found};
use crate::{
    Resources, attribute,
    resource::{NewResource, Resource, TREE, get, insert, rule},
    section::Form,
};

/// The longest handle, in characters.
const LONGEST_HANDLE: usize = 100;
/// How often a look-up is tried while the source does not answer.
const MOST_ATTEMPTS: u32 = 3;

/// A contact that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactImport {
    /// Where it is looked up.
    pub source: ContactType,
    /// By which name it is known there.
    pub handle: String,
    /// The resource above it; the top when there is none.
    pub parent_id: Option<ResourceId>,
    /// The contact that is refreshed; when there is none, the one with this handle below the parent, or a new one.
    pub contact_id: Option<ResourceId>,
}

impl Resources {
    /// Starts the job that looks a contact up and keeps it, once for each request key.
    ///
    /// The actor needs the right to create resources at the parent or, if the contact is there already, to update it.
    pub async fn import_contact(
        &self,
        actor: &Actor,
        mut import: ContactImport,
        key: Option<RequestKey>,
    ) -> Result<JobId> {
        self.sources.get(import.source)?;
        import.handle = handle(import.source, &import.handle)?;
        self.db.write(actor, StartImport { import, key }).await
    }

    /// Starts the job that looks an imported contact up again, once for each request key. The actor needs the right to
    /// update it.
    pub async fn refresh_contact(&self, actor: &Actor, id: ResourceId, key: Option<RequestKey>) -> Result<JobId> {
        let mut tx = self.db.read(actor).await?;
        let contact = read::contact(&mut tx, id).await?;
        drop(tx);
        let Some(handle) = contact.handle else {
            let name = &contact.resource.name;
            return Err(Error::conflict(format!(
                "Contact \"{name}\" ({id}) is local: there is nowhere to look it up."
            )));
        };
        let (source, parent_id) = (contact.contact_type, contact.resource.parent_id);
        self.sources.get(source).map_err(|error| Error::conflict(error.public()))?;
        let import = ContactImport { source, handle, parent_id, contact_id: Some(id) };
        self.db.write(actor, StartImport { import, key }).await
    }
}

/// The handle in the form in which it is asked for: those of the registries are in capitals.
fn handle(source: ContactType, text: &str) -> Result<String> {
    let handle = line(text).unwrap_or_default();
    if !(1..=LONGEST_HANDLE).contains(&handle.chars().count()) || handle.chars().any(char::is_control) {
        return Err(Error::invalid("handle", format!("must have 1 to {LONGEST_HANDLE} printable characters")));
    }
    Ok(if source.is_registry() { handle.to_ascii_uppercase() } else { handle })
}

struct StartImport {
    import: ContactImport,
    key: Option<RequestKey>,
}

impl Work for StartImport {
    type Out = JobId;
    const NAME: &'static str = "contact.import";

    async fn run(&self, tx: &mut Tx) -> Result<JobId> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        target(tx, &self.import, &self.import.handle).await?;
        let payload = serde_json::to_value(&self.import).map_err(Error::internal)?;
        let job = NewJob { kind: KIND, payload, key: None, run_at: None, most_attempts: MOST_ATTEMPTS };
        let id = tx.enqueue(job).await?;
        tx.remember(self.key.as_ref(), &id).await?;
        Ok(id)
    }
}

/// The contact that is refreshed, or `None` when one is made; refused when the actor may not do that.
async fn target(tx: &mut Tx, import: &ContactImport, handle: &str) -> Result<Option<Resource>> {
    if let Some(id) = import.contact_id {
        let contact = get(tx, id).await?;
        contact.allow(tx.actor(), Area::Resource, Action::Update)?;
        return Ok(Some(contact));
    }
    let parent = rule::parent(tx, import.parent_id.unwrap_or(ResourceId::TOP)).await?;
    parent.allow(tx.actor(), Area::Resource, Action::Read).map_err(rule::in_parent)?;
    let present = read::by_handle(tx, import.source, handle, parent.id).await?;
    match &present {
        Some(contact) => contact.allow(tx.actor(), Area::Resource, Action::Update)?,
        None => parent.allow(tx.actor(), Area::Resource, Action::Create)?,
    }
    Ok(present)
}

/// Keeps what was found.
pub(super) struct KeepContact {
    pub(super) import: ContactImport,
    pub(super) found: FoundContact,
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// There is a new contact.
    Added,
    /// The contact is not what it was.
    Refreshed,
    /// The contact is as it was.
    Unchanged,
}

impl Work for KeepContact {
    type Out = (Resource, Outcome);
    const NAME: &'static str = "contact.keep";

    async fn run(&self, tx: &mut Tx) -> Result<Self::Out> {
        let Self { import, found } = self;
        check_found(import.source, found)?;
        // So that two imports of one handle do not both find that it is not there.
        tx.lock(TREE).await?;
        let mut attributes = found.card.attributes();
        attributes.insert_before(0, TYPE.to_owned(), vec![import.source.name().to_owned()]);
        attributes.insert_before(1, HANDLE.to_owned(), vec![found.handle.clone()]);
        let name = found.name.clone();
        let Some(before) = target(tx, import, &found.handle).await? else {
            let parent_id = import.parent_id;
            let new = NewResource { name, kind: CONTACT.to_owned(), parent_id, attributes, ..NewResource::default() };
            return Ok((insert(tx, &new, false).await?, Outcome::Added));
        };
        let mut after = Resource { name, ..before.clone() };
        let changed = attribute::set(tx, before.id, &attributes, &Form::default()).await? || after != before;
        if !changed {
            return Ok((before, Outcome::Unchanged));
        }
        after.modified_at = tx.now();
        tx.update(&before, &mut after).await?;
        Ok((after, Outcome::Refreshed))
    }
}
