//! AS numbers as resources: the first block that names one makes it.

use kernel::{Actor, Asn, Result};
use resources::{NewResource, ResourceQuery};
use store::Tx;

/// What such a resource is, in the word of the APIs' `type`.
const KIND: &str = "asn";

/// Held by whoever makes such resources. To be taken before the lock on blocks: whoever deletes resources takes the one
/// on the tree first.
const LOCK: &str = "ipam AS resources";

/// Makes the resource of an AS number, unless it is there. It is the system that makes it, since whoever names a number
/// need not have the right to add resources at the top. The operation is the one that goes on afterwards.
pub(crate) async fn ensure(tx: &mut Tx, asn: Option<Asn>, operation: &'static str) -> Result<()> {
    let Some(asn) = asn else { return Ok(()) };
    tx.lock(LOCK).await?;
    let name = format!("AS{asn}");
    let actor = tx.actor().clone();
    let system = Actor { request: actor.request.clone(), ..Actor::system(operation) };
    tx.act_as(system, "asn.first_use");
    let query = ResourceQuery {
        kind: Some(KIND.to_owned()),
        custom_id: Some(name.clone()),
        limit: Some(1),
        ..ResourceQuery::default()
    };
    if resources::find(tx, &query).await?.resources.is_empty() {
        let kind = KIND.to_owned();
        let new = NewResource { custom_id: Some(name.clone()), name, kind, ..NewResource::default() };
        resources::add(tx, &new).await?;
    }
    tx.act_as(actor, operation);
    Ok(())
}
