//! Finding blocks by what somebody types into one box.

use std::{cmp::Reverse, collections::HashSet, net::IpAddr};

use kernel::{BlockId, Page, Prefix, Result};
use store::{TextIndex, Tx};

use super::{
    Block, BlockQuery, BlockView, State, find,
    pick::Held,
    piece,
    read::{self, NOTES},
};

/// A block that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBlock {
    /// Its id.
    pub id: BlockId,
    /// Its range.
    pub prefix: Prefix,
    /// Where it stands.
    pub state: State,
    /// The name of its holder.
    pub holder: Option<String>,
    /// What is written about it.
    pub notes: Option<String>,
}

/// Notes that are looked at: a text that is in more of them is too common to mean one of them.
const MOST_NOTES: i64 = 500;

/// The blocks that the caller may see and that this text means; at most so many. An address means the blocks around it,
/// the smallest first; a range means itself, what is around it and what is in it; the beginning of an address means all
/// that begin so; any other text is looked for in the notes and in the attributes.
pub async fn search(tx: &mut Tx, text: &str, limit: u32) -> Result<Vec<FoundBlock>> {
    let mut blocks = if let Some(prefix) = named(text) {
        let mut around = find::ancestors(tx, prefix).await?;
        around.sort_by_key(|block| Reverse(block.mask));
        let mut seen = seen(tx, around).await?;
        seen.extend(beginning_like(tx, &prefix.to_string(), limit).await?);
        seen
    } else if piece::ranges(text).is_some() {
        beginning_like(tx, text, limit).await?
    } else {
        let noted = with_notes_like(tx, text).await?;
        let noted = seen(tx, noted).await?;
        let more = read::with_attributes_like(tx, text, limit).await?;
        noted.into_iter().chain(more).collect()
    };
    let mut known = HashSet::new();
    blocks.retain(|block| known.insert(block.id));
    blocks.truncate(limit as usize);
    let views = BlockView::all(tx, blocks).await?;
    let found = |view: BlockView| FoundBlock {
        id: view.block.id,
        prefix: view.block.prefix(),
        state: view.block.state,
        holder: view.holder_name,
        notes: view.block.notes,
    };
    Ok(views.into_iter().map(found).collect())
}

/// The range that the text names as a whole: an address, or a CIDR.
fn named(text: &str) -> Option<Prefix> {
    text.parse::<IpAddr>().map(Prefix::host).ok().or_else(|| text.parse().ok())
}

async fn beginning_like(tx: &mut Tx, text: &str, limit: u32) -> Result<Vec<Block>> {
    let page = Page { offset: 0, limit };
    let query = BlockQuery { search: Some(text.to_owned()), page, ..BlockQuery::default() };
    Ok(read::list(tx, &query).await?.0)
}

async fn with_notes_like(tx: &mut Tx, text: &str) -> Result<Vec<Block>> {
    if text.chars().count() < TextIndex::SHORTEST {
        return Ok(Vec::new());
    }
    let mut notes = NOTES.containing(tx, "t.id", text);
    notes.push(" LIMIT ").bind(MOST_NOTES);
    let rows = tx.rows(notes.text(), notes.params()).await?;
    let ids: Vec<BlockId> = rows.into_iter().map(|mut row| row.take(0)).collect::<Result<_>>()?;
    find::by_ids(tx, &ids).await
}

async fn seen(tx: &mut Tx, blocks: Vec<Block>) -> Result<Vec<Block>> {
    Ok(Held::visible(tx, blocks).await?.into_iter().map(|held| held.block).collect())
}
