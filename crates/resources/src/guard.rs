//! What higher slices have to say about the deletion of a resource.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{ResourceId, Result};
use store::Tx;

/// Knows of things that a resource holds, such as address space, and for which it must stay.
pub trait Guard: Send + Sync + 'static {
    /// Those of these resources that must stay, each with the reason, as the end of a sentence: `it holds 3 IP blocks`.
    fn holds<'a>(&'a self, tx: &'a mut Tx, ids: &'a [ResourceId])
    -> BoxFuture<'a, Result<HashMap<ResourceId, String>>>;
}

/// All guards; any of them may object.
#[derive(Clone, Default)]
pub(crate) struct Guards(Vec<Arc<dyn Guard>>);

impl Guards {
    pub(crate) fn add(&mut self, guard: Arc<dyn Guard>) {
        self.0.push(guard);
    }

    /// All objections together; the first one to each resource counts.
    pub(crate) async fn holds(&self, tx: &mut Tx, ids: &[ResourceId]) -> Result<HashMap<ResourceId, String>> {
        let mut held = HashMap::new();
        for guard in &self.0 {
            for (id, why) in guard.holds(tx, ids).await? {
                held.entry(id).or_insert(why);
            }
        }
        Ok(held)
    }
}
