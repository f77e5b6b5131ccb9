//! Sparse allocation: an aggregate of IPv6 whose blocks are spread out, so that each has room to grow.

use kernel::{Error, Family, Prefix, Result};
use store::Tx;

use super::{Block, pick::Held, reprofile};
use crate::space::{Edit, Scheme};

/// The field, as callers know it.
const FIELD: &str = "sparse_allocation";

/// Refuses sparse allocation where it makes no sense.
pub(super) fn may_be(prefix: Prefix, scheme: Option<Scheme>) -> Result<()> {
    if scheme.is_some() && prefix.family() != Family::Ipv6 {
        return Err(Error::invalid(FIELD, format!("is for IPv6, and {prefix} is IPv4")));
    }
    Ok(())
}

/// Switches it on for an aggregate. From then on it stays as it is.
pub(super) async fn switch_on(tx: &mut Tx, edit: &mut Edit, held: &Held, scheme: Scheme) -> Result<Block> {
    let prefix = held.prefix();
    may_be(prefix, Some(scheme))?;
    let why = match held.profile.sparse {
        Some(now) if now == scheme => return Ok(held.block.clone()),
        Some(now) => {
            format!("{prefix} is allocated sparsely with the scheme {}, which stays as it was switched on", now.name())
        }
        None if held.block.parent_id.is_some() => {
            format!(
                "{prefix} is a part of the aggregate {}; it is switched on for a whole aggregate",
                held.block.root_id
            )
        }
        None => return reprofile(tx, edit, held, |profile| profile.sparse = Some(scheme)).await,
    };
    Err(Error::conflict_of(FIELD, why))
}
