//! Reading the change log as a whole: newest first, filtered.
//!
//! A filter may fit seldom or never. So that no request reads the whole log, each looks at a bounded number of
//! entries and says where to go on; and it does so in pieces, since an entry can be large.

use kernel::{ChangeId, Error, Result, Timestamp};

use crate::{Change, Row, Tx, params};

/// The most entries that one call looks at.
const MOST_LOOKED_AT: usize = 20_000;
/// The most bytes of changes that one call answers with, but for the entry that goes beyond.
const MOST_BYTES: usize = 8 << 20;
/// How many entries are read at a time.
const PIECE: u32 = 500;

/// Which entries are wanted: those that fit everything that is given.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter {
    /// Who did it, by the exact name.
    pub actor: Option<String>,
    /// By which operation: `block.split`, or `block` for all that begin with `block.`.
    pub operation: Option<String>,
    /// A text in the name of the actor, the request, the operation or the changes, in any case.
    pub search: Option<String>,
    /// Texts that do as well as `search`, such as another form of it in which the changes hold it.
    pub or_search: Vec<String>,
    /// Not before this.
    pub after: Option<Timestamp>,
    /// Before this, and not at it.
    pub before: Option<Timestamp>,
    /// Only entries that come behind this one in the list.
    pub behind: Option<ChangeId>,
}

/// A part of the log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The entries.
    pub entries: Vec<Change>,
    /// Where to go on, as the next filter's `behind`; nothing at the end of the log. There may be more even when fewer
    /// entries came than were wanted.
    pub next: Option<ChangeId>,
}

impl ChangeFilter {
    fn fits(&self, entry: &Raw) -> bool {
        let is_part_of = |whole: &str, operation: &str| {
            operation.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.actor.as_ref().is_none_or(|actor| *actor == entry.actor)
            && self.operation.as_ref().is_none_or(|whole| is_part_of(whole, &entry.operation))
            && self.search.as_ref().is_none_or(|search| {
                let search = search.to_lowercase();
                let texts = [&entry.actor, &entry.request, &entry.operation, &entry.items];
                texts.into_iter().any(|text| text.to_lowercase().contains(&search))
                    || self.or_search.iter().any(|other| entry.items.contains(other))
            })
    }
}

impl Tx {
    /// The entries of the change log that fit, newest first; at most this many.
    pub async fn changes(&mut self, filter: &ChangeFilter, limit: usize) -> Result<Changes> {
        self.changes_where(filter, limit, |_| true).await
    }

    /// The same, of those that the caller wants.
    pub async fn changes_where(
        &mut self,
        filter: &ChangeFilter,
        limit: usize,
        wanted: impl Fn(&Change) -> bool + Send,
    ) -> Result<Changes> {
        let after = filter.after.unwrap_or(Timestamp(i64::MIN));
        let mut place = self.place(filter).await?;
        let (mut entries, mut looked_at, mut bytes) = (Vec::new(), 0, 0);
        loop {
            let text = "SELECT id, at, actor, request, operation, items FROM change
                WHERE at >= $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4";
            let rows = self.rows(text, params![after, place.0, place.1, PIECE]).await?;
            let last = rows.len() < PIECE as usize;
            for row in rows {
                if entries.len() == limit || bytes >= MOST_BYTES || looked_at == MOST_LOOKED_AT {
                    return Ok(Changes { entries, next: Some(ChangeId(place.1)) });
                }
                let entry = Raw::from_row(row)?;
                looked_at += 1;
                place = (entry.at, entry.id.0);
                if filter.fits(&entry) {
                    let size = entry.items.len();
                    let entry = entry.parsed()?;
                    if wanted(&entry) {
                        bytes += size;
                        entries.push(entry);
                    }
                }
            }
            if last {
                return Ok(Changes { entries, next: None });
            }
        }
    }

    /// The time and the id behind which the list begins.
    async fn place(&mut self, filter: &ChangeFilter) -> Result<(Timestamp, i64)> {
        let before = (filter.before.unwrap_or(Timestamp(i64::MAX)), i64::MIN);
        let Some(behind) = filter.behind else { return Ok(before) };
        let at: Option<Timestamp> = self.scalar("SELECT at FROM change WHERE id = $1", params![behind]).await?;
        let unknown = || Error::invalid("behind", format!("there is no entry {behind} in the log"));
        Ok(before.min((at.ok_or_else(unknown)?, behind.0)))
    }
}

/// An entry whose changes have not been parsed.
struct Raw {
    id: ChangeId,
    at: Timestamp,
    actor: String,
    request: String,
    operation: String,
    items: String,
}

impl Raw {
    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            id: row.take(0)?,
            at: row.take(1)?,
            actor: row.take(2)?,
            request: row.take(3)?,
            operation: row.take(4)?,
            items: row.take(5)?,
        })
    }

    fn parsed(self) -> Result<Change> {
        let Self { id, at, actor, request, operation, items } = self;
        let items = serde_json::from_str(&items).map_err(Error::internal)?;
        Ok(Change { id, at, actor, request, operation, items })
    }
}
