//! Decoding values that are kept from sight.

use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use store::{Level, Tx, Work, params};

use super::{Attribute, Attributes, sealed};
use crate::{Resources, resource::get};

impl Resources {
    /// The values of these encrypted attributes in the clear. The actor needs the right to update the resource: who may
    /// replace a secret may know it. The log says who has decoded what before it is answered.
    pub async fn decode(&self, actor: &Actor, id: ResourceId, names: Vec<String>) -> Result<Attributes> {
        actor.must_mean_it("the log has to say who has read a secret")?;
        self.db.write(actor, DecodeAttributes { id, names }).await
    }
}

struct DecodeAttributes {
    id: ResourceId,
    names: Vec<String>,
}

impl Work for DecodeAttributes {
    type Out = Attributes;
    const NAME: &'static str = "resource.decode";

    async fn run(&self, tx: &mut Tx) -> Result<Attributes> {
        let resource = get(tx, self.id).await?;
        resource.allow(tx.actor(), Area::Resource, Action::Update)?;
        let condition = "resource_id = $1 AND name = ANY($2) AND sealed IS NOT NULL ORDER BY position";
        let rows = tx.find::<Attribute>(condition, params![self.id, self.names]).await?;
        let mut decoded = Attributes::new();
        for name in &self.names {
            let mut values = Vec::new();
            for row in rows.iter().filter(|row| row.name == *name) {
                values.extend(row.sealed.as_ref().map(|value| sealed::open(tx, self.id, name, value)).transpose()?);
            }
            if values.is_empty() {
                return Err(Error::not_found(format!("Resource {} has no encrypted attribute \"{name}\".", self.id)));
            }
            decoded.insert(name.clone(), values);
        }
        let (names, name, id) = (self.names.join(", "), &resource.name, self.id);
        tx.note(Level::Notice, "Resource", &format!("Decoded {names} of \"{name}\" ({id})"))?;
        Ok(decoded)
    }
}
