//! Adding an LIR.

use access::MasterKey;
use kernel::{Action, Actor, Area, LirId, ResourceId, Result};
use resources::NewResource;
use store::{RequestKey, Tx, Work};

use super::{LIR, Lir, LirRow, NewLir, Secret};
use crate::Registry;

impl Registry {
    /// Adds an LIR, once for each request key. The actor needs the right to create resources and address space at its
    /// parent.
    pub async fn add_lir(&self, actor: &Actor, new: NewLir, key: Option<RequestKey>) -> Result<Lir> {
        let new = new.checked()?;
        self.db.write(actor, AddLir { new, master_key: self.master_key.clone(), key }).await
    }
}

struct AddLir {
    new: NewLir,
    master_key: MasterKey,
    key: Option<RequestKey>,
}

impl Work for AddLir {
    type Out = Lir;
    const NAME: &'static str = "lir.add";

    async fn run(&self, tx: &mut Tx) -> Result<Lir> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let Self { new, master_key, .. } = self;
        let resource = NewResource {
            name: new.name.clone(),
            kind: LIR.to_owned(),
            parent_id: new.parent_id,
            ..NewResource::default()
        };
        let resource = resources::add(tx, &resource).await?;
        let parent = resources::get(tx, new.parent_id.unwrap_or(ResourceId::TOP)).await?;
        parent.allow(tx.actor(), Area::Ipam, Action::Create)?;
        let id = LirId(resource.id.0);
        let seal = |secret: Secret, plain: &Option<_>| {
            plain.as_ref().map(|plain| secret.seal(master_key, id, plain)).transpose()
        };
        let row = LirRow {
            id,
            version: 1,
            rir: new.rir.clone(),
            asn: new.asn,
            org_ids: serde_json::json!(new.org_ids).to_string(),
            admin_poc: new.admin_poc.clone(),
            tech_poc: new.tech_poc.clone(),
            abuse_poc: new.abuse_poc.clone(),
            net_name_prefix: new.net_name_prefix.clone(),
            maintainer: new.maintainer.clone(),
            api_key: seal(Secret::ApiKey, &new.api_key)?,
            password: seal(Secret::Password, &new.password)?,
        };
        tx.insert(&row).await?;
        let lir = Lir::of(&row, &resource);
        tx.remember(self.key.as_ref(), &lir).await?;
        Ok(lir)
    }
}
