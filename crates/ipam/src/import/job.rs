//! The job that reads a file and loads it.

use std::sync::{Arc, atomic::AtomicU64};

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::job::{Job, JobContext};

use super::{
    BadLine, Format, PIECES, Read, Wanted,
    apply::ImportBlocks,
    csv_file::CsvReader,
    delegated,
    lines::Lines,
    plan::{Place, plan},
};

/// The kind of job.
pub(crate) const KIND: &str = "ipam.import";

/// What the job is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) upload: String,
    pub(crate) format: Format,
    pub(crate) rir: Option<String>,
    pub(crate) dry_run: bool,
}

/// Loads a file of blocks.
pub(crate) struct Import;

impl Job for Import {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(run(context))
    }
}

async fn run(context: &JobContext) -> Result<Value> {
    let request: Request = serde_json::from_value(context.payload.clone()).map_err(Error::internal)?;
    let (wanted, bad, lines) = read(context, &request).await?;
    let again = request.format == Format::Delegated;
    let blocks = wanted.len();
    let mut summary = Summary { lines, blocks, dry_run: request.dry_run, ..Summary::default() };
    if !bad.is_empty() || request.dry_run {
        let mut tx = context.db.read(&context.actor).await?;
        let plan = plan(&mut tx, wanted, again).await?;
        let mut bad = bad;
        bad.extend(plan.bad);
        bad.sort_by_key(|line| line.line);
        summary.count(&plan.places, plan.skipped);
        return finish(context, &request, summary, bad).await;
    }
    let done = Arc::new(AtomicU64::new(0));
    let work = ImportBlocks { wanted: Arc::new(wanted), again, done: done.clone() };
    context.go_on()?;
    let plan = context.watch(done, blocks as u64, context.db.write(&context.actor, work)).await?;
    summary.count(&plan.places, plan.skipped);
    finish(context, &request, summary, plan.bad).await
}

/// Reads the whole file, piece by piece.
async fn read(context: &JobContext, request: &Request) -> Result<(Vec<Wanted>, Vec<BadLine>, u64)> {
    let mut tx = context.db.read(&context.actor).await?;
    let pieces = PIECES.count(&mut tx, &request.upload).await?;
    drop(tx);
    let (mut lines, mut csv) = (Lines::default(), CsvReader::new(request.rir.clone()));
    let (mut wanted, mut bad) = (Vec::new(), Vec::new());
    for n in 0..=pieces {
        context.go_on()?;
        let mut tx = context.db.read(&context.actor).await?;
        let piece = PIECES.read(&mut tx, &request.upload, n).await?;
        drop(tx);
        lines.feed(piece.as_deref().unwrap_or_default(), n == pieces, |line, text| {
            let read = match text {
                Err(reason) => Read::Bad(reason),
                Ok(text) => match request.format {
                    Format::Csv => csv.read(line, text),
                    Format::Delegated => delegated::read(line, text),
                },
            };
            match read {
                Read::Blocks(blocks) => wanted.extend(blocks),
                Read::Skipped => {}
                Read::Bad(reason) => bad.push(BadLine { line, reason }),
            }
        });
        context.progress(n.unsigned_abs(), pieces.unsigned_abs() * 10).await?;
    }
    Ok((wanted, bad, lines.count()))
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    lines: u64,
    blocks: usize,
    added: usize,
    split_from_existing: usize,
    skipped: u64,
    dry_run: bool,
}

impl Summary {
    fn count(&mut self, places: &[(Wanted, Place)], skipped: u64) {
        self.added = places.len();
        self.split_from_existing = places.iter().filter(|(_, place)| matches!(place, Place::Inside(_))).count();
        self.skipped = skipped;
    }
}

async fn finish(context: &JobContext, request: &Request, mut summary: Summary, bad: Vec<BadLine>) -> Result<Value> {
    if !bad.is_empty() && !summary.dry_run {
        (summary.added, summary.split_from_existing) = (0, 0);
    }
    PIECES.forget(&context.db, &context.actor, &request.upload).await?;
    context.report(&summary, &bad).await
}
