//! What the slice below, which knows who may do what, asks about the tree.

use futures_util::future::BoxFuture;
use kernel::{ResourceId, Result};
use store::Tx;

use crate::resource::Resource;

/// The tree, for [`access::Settings`]: with it, nobody can grant rights on a resource that they lack there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tree;

impl access::Tree for Tree {
    fn lineage<'a>(&'a self, tx: &'a mut Tx, resource: ResourceId) -> BoxFuture<'a, Result<Option<Vec<ResourceId>>>> {
        Box::pin(async move { Ok(tx.get::<Resource>(resource).await?.map(|resource| resource.lineage())) })
    }
}
