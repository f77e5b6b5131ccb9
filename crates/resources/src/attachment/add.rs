//! Attaching a file.

use bytes::Bytes;
use futures_util::Stream;
use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{
    Attachment,
    inspect::{Content, Inspector},
    media_type::MediaType,
    model::check_name,
    sweep::sweep,
};
use crate::{Resources, resource::get};

/// The most files that one resource has.
const MOST: i64 = 1000;
/// When an object is looked for whose record should be there by then, in seconds; no request takes as long.
const OVERDUE: i64 = 3600;

impl Resources {
    /// Attaches a file to a resource, once for each request key. The actor needs the right to update the resource.
    ///
    /// The file is written under a name of its own, and then its record. Beforehand a job is put into the queue that
    /// removes the file again if its record is not there an hour later.
    pub(super) async fn attach(
        &self,
        actor: &Actor,
        resource_id: ResourceId,
        name: String,
        pieces: impl Stream<Item = Result<Bytes>> + Send,
        key: Option<String>,
    ) -> Result<Attachment> {
        actor.must_mean_it("a file is stored outside of the database")?;
        check_name(&name)?;
        let kind = MediaType::of_name(&name)?;
        self.storage.check()?;
        let object = format!("{:032x}", rand::random::<u128>());
        self.db.write(actor, Announce { resource_id, object: object.clone() }).await?;
        let content = self.storage.write(&object, Inspector::new(kind, self.storage.largest), pieces).await?;
        let said = (format!("POST /resources/{resource_id}/attachments"), &name, &content.sha256);
        let key = key.map(|key| RequestKey::new(key, &said)).transpose()?;
        self.db.write(actor, AddAttachment { resource_id, name, kind, object, content, key }).await
    }
}

/// Says that a file is about to come.
struct Announce {
    resource_id: ResourceId,
    object: String,
}

impl Work for Announce {
    type Out = ();
    const NAME: &'static str = "attachment.announce";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        get(tx, self.resource_id).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
        let overdue = tx.now().plus_seconds(OVERDUE);
        sweep(tx, &self.object, overdue).await
    }
}

struct AddAttachment {
    resource_id: ResourceId,
    name: String,
    kind: &'static MediaType,
    object: String,
    content: Content,
    key: Option<RequestKey>,
}

impl Work for AddAttachment {
    type Out = Attachment;
    const NAME: &'static str = "attachment.add";

    async fn run(&self, tx: &mut Tx) -> Result<Attachment> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        get(tx, self.resource_id).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
        let text = "SELECT COUNT(*) FROM resource_attachment WHERE resource_id = $1";
        if tx.scalar::<i64>(text, params![self.resource_id]).await?.unwrap_or(0) >= MOST {
            let id = self.resource_id;
            return Err(Error::conflict(format!("Resource {id} has {MOST} attachments, and may not have more.")));
        }
        let attachment = Attachment {
            id: tx.new_id::<Attachment>().await?,
            version: 0,
            resource_id: self.resource_id,
            name: self.name.clone(),
            media_type: self.kind.name.to_owned(),
            size: self.content.size,
            sha256: self.content.sha256.clone(),
            object: self.object.clone(),
            actor_id: tx.actor().user,
            actor: tx.actor().name.to_string(),
            created_at: tx.now(),
        };
        tx.insert(&attachment).await?;
        tx.remember(self.key.as_ref(), &attachment).await?;
        Ok(attachment)
    }
}
