//! Giving a block and everything below it attributes that they have together.

use kernel::{Action, Error, Result};
use store::Tx;

use super::{Block, find, pick::Held, tree::MOST_PIECES};
use crate::{profile::Profile, space::Edit};

/// Changes the profiles of a block and of all below it. Answers with the block as it is then.
pub(crate) async fn reprofile(
    tx: &mut Tx,
    edit: &mut Edit,
    held: &Held,
    change: impl Fn(&mut Profile) + Send,
) -> Result<Block> {
    let below = find::below(tx, &held.block).await?;
    if below.len() > MOST_PIECES as usize {
        let (prefix, many) = (held.prefix(), below.len());
        return Err(Error::conflict(format!("there are {many} blocks below {prefix}; one call changes {MOST_PIECES}")));
    }
    let parts = Held::all(tx, below).await?;
    Held::allow_below(held.prefix(), &parts, tx, Action::Update)?;
    let mut changed = held.block.clone();
    for part in std::iter::once(held).chain(&parts) {
        let mut profile = (*part.profile).clone();
        change(&mut profile);
        if profile == *part.profile {
            continue;
        }
        let profile_id = profile.intern(tx).await?;
        let mut new = Block { profile_id, ..part.block.clone() };
        edit.update(tx, &part.block, &mut new).await?;
        if new.id == changed.id {
            changed = new;
        }
    }
    Ok(changed)
}
