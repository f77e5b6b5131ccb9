//! Adding one tag to a block, and taking one off.

use kernel::{Action, Error, Result};
use store::{Tx, Work};

use super::{
    BlockRef, BlockView,
    update::{BlockPatch, TagsAction, UpdateBlocks},
};
use crate::list;

/// Adds or removes a tag.
pub(crate) struct ChangeTag {
    pub(crate) block: BlockRef,
    pub(crate) tag: String,
    pub(crate) action: TagsAction,
}

impl Work for ChangeTag {
    type Out = BlockView;
    const NAME: &'static str = "block.tag";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let tag = self.tag.trim().to_owned();
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        if self.action == TagsAction::Add {
            list::current(tx).await?.tags("tag", std::slice::from_ref(&tag))?;
        } else if !held.profile.tags.contains(&tag) {
            let short = list::short(&tag);
            return Err(Error::invalid("tag", format!("{} does not carry the tag \"{short}\"", held.prefix())));
        }
        let patch = BlockPatch { tags: Some((self.action, vec![tag])), ..BlockPatch::default() };
        let update = UpdateBlocks { blocks: vec![self.block], patch, propagate: false, key: None };
        let changed = update.run(tx).await?.pop();
        changed.ok_or_else(|| Error::internal("a tag was changed on no block"))
    }
}
