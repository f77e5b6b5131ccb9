//! Searching everything.

use clap::Args;

use crate::{
    Failure, Session,
    table::{self, Column},
    text,
};

/// What is looked for.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Search {
    /// An address, a CIDR, the beginning of an address, or a piece of a name or of what is written about a thing
    text: String,
    /// How many things of each type to show at the most
    #[arg(long)]
    limit: Option<u32>,
}

const COLUMNS: [Column; 4] = [
    ("NAME", |hit| text::of(&hit["name"])),
    ("TYPE", |hit| text::of(&hit["type"])),
    ("ID", |hit| text::of(&hit["id"])),
    ("DETAIL", |hit| text::of(&hit["detail"])),
];

impl Search {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut query = vec![("q".to_owned(), self.text)];
        query.extend(self.limit.map(|limit| ("limit".to_owned(), limit.to_string())));
        let answer = session.api.get("/search", &query).await?;
        session.show(&answer, |hits, width| match hits.as_array() {
            Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
            _ => "Nothing was found.".to_owned(),
        })
    }
}
