//! What becomes of the attributes that a resource has when others are given.

use kernel::{Error, ResourceId, Result};
use store::Tx;

use super::{Attributes, load};

/// How given attributes meet those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttributeChange {
    /// The given ones get the given values, or go away when they have none; others stay.
    #[default]
    Merge,
    /// The given ones are all that there shall be.
    Replace,
    /// The given values come behind those that are there.
    Append,
    /// The given ones, which must be there, go away. One that is not there stands for several, separated by commas.
    Remove,
}

impl AttributeChange {
    /// The same as a merge, for the attributes that this resource has now.
    pub(crate) async fn to_merge(self, tx: &mut Tx, id: ResourceId, given: &Attributes) -> Result<Attributes> {
        if self == Self::Merge {
            return Ok(given.clone());
        }
        let mut present = load(tx, &[id]).await?.remove(&id).unwrap_or_default();
        let mut changes = Attributes::new();
        match self {
            Self::Merge => {}
            Self::Replace => {
                changes.extend(present.into_keys().map(|name| (name, Vec::new())));
                changes.extend(given.clone());
            }
            Self::Append => {
                for (name, values) in given {
                    let before = present.swap_remove(name).unwrap_or_default();
                    changes.insert(name.clone(), [&before[..], values].concat());
                }
            }
            Self::Remove => {
                let several = |name: &String| -> Vec<String> {
                    // The name of an attribute may hold a comma itself.
                    if present.contains_key(name) {
                        return vec![name.clone()];
                    }
                    name.split(',').map(|name| name.trim().to_owned()).collect()
                };
                for name in given.keys().flat_map(several) {
                    if !present.contains_key(&name) {
                        return Err(Error::not_found(format!("Resource {id} has no attribute \"{name}\".")));
                    }
                    changes.insert(name, Vec::new());
                }
            }
        }
        Ok(changes)
    }
}
