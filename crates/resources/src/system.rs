//! The resources that the system itself needs. They have fixed ids and can't be deleted or moved; they may be renamed.

use kernel::{Actor, Error, ResourceId, Result};
use store::{Db, Tx, Work};

use crate::resource::{Resource, TREE};

/// Holds the address space that anyone with the right may assign.
pub const AVAILABLE: ResourceId = ResourceId(2);
/// Holds address space for a while after it was given back, before it becomes available again.
pub const HOLDING: ResourceId = ResourceId(3);
/// Holds what belongs to reverse name resolution.
pub const REVERSE: ResourceId = ResourceId(4);

/// The kind of the system's own resources below the top.
pub(crate) const KIND: &str = "system";
/// The kind of the top.
pub(crate) const TOP_KIND: &str = "tlr";
const FIRST: [(ResourceId, &str, &str, &str); 4] = [
    (ResourceId::TOP, TOP_KIND, "TLR", "tlr"),
    (AVAILABLE, KIND, "Available", "available"),
    (HOLDING, KIND, "Holding", "holding"),
    (REVERSE, KIND, "Reverse", "reverse"),
];

/// Makes the system's own resources, unless they are there already.
pub async fn bootstrap(db: &Db) -> Result<()> {
    db.write(&Actor::system("start"), Bootstrap).await
}

struct Bootstrap;

impl Work for Bootstrap {
    type Out = ();
    const NAME: &'static str = "resource.bootstrap";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(TREE).await?;
        if tx.get::<Resource>(ResourceId::TOP).await?.is_some() {
            return Ok(());
        }
        reserve(tx).await?;
        for (id, kind, name, slug) in FIRST {
            let top = id == ResourceId::TOP;
            tx.insert(&Resource {
                id,
                version: 0,
                parent_id: (!top).then_some(ResourceId::TOP),
                kind: kind.to_owned(),
                name: name.to_owned(),
                slug: slug.to_owned(),
                path: if top { format!("/{id}/") } else { format!("/{}/{id}/", ResourceId::TOP) },
                category_id: None,
                section_id: None,
                custom_id: None,
                is_system: true,
                created_at: tx.now(),
                modified_at: tx.now(),
            })
            .await?;
        }
        Ok(())
    }
}

/// Takes the fixed ids from the sequence, so that nothing else gets one of them. A start that failed may have taken
/// them before.
async fn reserve(tx: &mut Tx) -> Result<()> {
    let mut before = 0;
    while before < REVERSE.0 {
        let id = tx.new_id::<Resource>().await?;
        if id <= before {
            return Err(Error::internal(format!("the ids of resources go backwards: {id} after {before}")));
        }
        before = id;
    }
    Ok(())
}
