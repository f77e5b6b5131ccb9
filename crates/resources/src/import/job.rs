//! The job that reads a file and adds its entries.

use std::sync::{Arc, atomic::AtomicU64};

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use kernel::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use store::job::{Job, JobContext};

use super::{PIECES, Request, apply::ImportEntries, file, plan::plan};

/// The kind of job.
pub(super) const KIND: &str = "resources.import";

/// Adds the entries of a file.
pub(crate) struct Import;

impl Job for Import {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(run(context))
    }
}

#[derive(Serialize)]
struct Summary {
    /// Lines with entries.
    entries: usize,
    added: u64,
    dry_run: bool,
    columns: IndexMap<String, String>,
}

async fn run(context: &JobContext) -> Result<Value> {
    let request: Request = serde_json::from_value(context.payload.clone()).map_err(Error::internal)?;
    let imported = import(context, &request).await;
    // What may still pass is tried again, with the same file.
    if imported.as_ref().is_ok() || imported.as_ref().is_err_and(|error| !error.may_pass()) {
        PIECES.forget(&context.db, &context.actor, &request.upload).await?;
    }
    imported
}

async fn import(context: &JobContext, request: &Request) -> Result<Value> {
    let table = Arc::new(file::read(&bytes(context, &request.upload).await?));
    let entries = table.rows.len();
    let (added, plan) = if request.dry_run {
        let mut tx = context.db.read(&context.actor).await?;
        (0, plan(&mut tx, request, &table).await?)
    } else {
        context.go_on()?;
        let done = Arc::new(AtomicU64::new(0));
        let work = ImportEntries { request: request.clone(), table, done: done.clone() };
        context.watch(done, entries as u64, context.db.write(&context.actor, work)).await?
    };
    let summary = Summary { entries, added, dry_run: request.dry_run, columns: plan.columns };
    context.report(&summary, &plan.faults).await
}

/// The whole file, which is small enough for that.
async fn bytes(context: &JobContext, upload: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let pieces = PIECES.count(&mut context.db.read(&context.actor).await?, upload).await?;
    for n in 0..pieces {
        context.go_on()?;
        let mut tx = context.db.read(&context.actor).await?;
        bytes.extend(PIECES.read(&mut tx, upload, n).await?.unwrap_or_default());
    }
    Ok(bytes)
}
