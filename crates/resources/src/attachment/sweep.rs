//! Removing objects to which no attachment belongs.

use futures_util::future::BoxFuture;
use kernel::{Error, Result, Timestamp};
use serde_json::{Value, json};
use store::{
    Tx,
    job::{Job, JobContext, NewJob},
    params,
};

use super::Storage;

const KIND: &str = "attachment.sweep";
/// How often it is tried: the storage may be out of reach for a day.
const TRIES: u32 = 30;

/// Removes an object, unless there is an attachment whose object it is.
pub(crate) struct Sweep(pub(crate) Storage);

/// Has this object removed at this time if it belongs to no attachment then.
pub(super) async fn sweep(tx: &mut Tx, object: &str, at: Timestamp) -> Result<()> {
    let payload = json!({ "object": object });
    let job = NewJob { kind: KIND, payload, key: None, run_at: Some(at), most_attempts: TRIES };
    tx.enqueue_for_system(job).await.map(drop)
}

impl Job for Sweep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let object = context.payload["object"].as_str();
            let object = object.ok_or_else(|| Error::internal("this job names no object"))?;
            let mut tx = context.db.read(&context.actor).await?;
            let text = "SELECT id FROM resource_attachment WHERE object = $1";
            let belongs = tx.scalar::<i64>(text, params![object]).await?.is_some();
            drop(tx);
            if !belongs {
                self.0.remove(object).await?;
            }
            Ok(json!({ "removed": !belongs }))
        })
    }
}
