//! Changing an LIR.

use access::MasterKey;
use kernel::{Action, Actor, Area, LirId, Patch, Result};
use resources::ResourcePatch;
use store::{RequestKey, Tx, Work};

use super::{Lir, LirPatch, LirRow, Secret, visible};
use crate::Registry;

impl Registry {
    /// Changes an LIR, once for each request key. The actor needs the right to update its address space; for another
    /// name, also the resource itself.
    pub async fn change_lir(&self, actor: &Actor, id: LirId, patch: LirPatch, key: Option<RequestKey>) -> Result<Lir> {
        let patch = patch.checked()?;
        self.db.write(actor, ChangeLir { id, patch, master_key: self.master_key.clone(), key }).await
    }
}

struct ChangeLir {
    id: LirId,
    patch: LirPatch,
    master_key: MasterKey,
    key: Option<RequestKey>,
}

impl Work for ChangeLir {
    type Out = Lir;
    const NAME: &'static str = "lir.change";

    async fn run(&self, tx: &mut Tx) -> Result<Lir> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let (before, mut resource) = visible(tx, self.id).await?;
        resource.allow(tx.actor(), Area::Ipam, Action::Update)?;
        let patch = self.patch.clone();
        if let Some(name) = patch.name {
            let patch = ResourcePatch { name: Some(name), ..ResourcePatch::default() };
            resource = resources::update(tx, resource.id, &patch).await?;
        }
        let seal = |secret: Secret, patch: Patch<_>, old| -> Result<_> {
            match patch {
                Patch::Keep => Ok(old),
                Patch::Clear => Ok(None),
                Patch::Set(plain) => secret.seal(&self.master_key, self.id, &plain).map(Some),
            }
        };
        let mut after = LirRow {
            asn: patch.asn.apply(before.asn),
            org_ids: patch.org_ids.map_or_else(|| before.org_ids.clone(), |orgs| serde_json::json!(orgs).to_string()),
            admin_poc: patch.admin_poc.apply(before.admin_poc.clone()),
            tech_poc: patch.tech_poc.apply(before.tech_poc.clone()),
            abuse_poc: patch.abuse_poc.apply(before.abuse_poc.clone()),
            net_name_prefix: patch.net_name_prefix.apply(before.net_name_prefix.clone()),
            maintainer: patch.maintainer.apply(before.maintainer.clone()),
            api_key: seal(Secret::ApiKey, patch.api_key, before.api_key.clone())?,
            password: seal(Secret::Password, patch.password, before.password.clone())?,
            ..before.clone()
        };
        if after != before {
            tx.update(&before, &mut after).await?;
        }
        let lir = Lir::of(&after, &resource);
        tx.remember(self.key.as_ref(), &lir).await?;
        Ok(lir)
    }
}
