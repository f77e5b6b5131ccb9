//! The archive: what was decided 30 days ago goes out of the way, and loses the request itself, which may hold secrets.

use futures_util::future::BoxFuture;
use kernel::{Result, Timestamp};
use serde_json::{Value, json};
use store::{
    Bytes, Tx, Work,
    job::{Job, JobContext, NewJob},
    params,
};

use super::SubmissionRow;
use crate::{Approvals, LOCK};

const KIND: &str = "approvals.archive";
/// When what was decided is archived.
const AFTER_SECONDS: i64 = 30 * DAY_SECONDS;
const DAY_SECONDS: i64 = 24 * 3_600;
/// How many at a time.
const PART: i64 = 500;
const DECIDED: &str = "state IN ('rejected', 'executed', 'failed') AND archived = 0";

/// Archives what is old enough, and waits for the next.
pub(crate) struct Archive(pub(crate) Approvals);

impl Job for Archive {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let mut archived = 0;
            loop {
                context.go_on()?;
                let part = self.0.db.write(&context.actor, ArchiveOld).await?;
                archived += part;
                if part < PART {
                    return Ok(json!({ "archived": archived }));
                }
            }
        })
    }
}

/// Sees to it that the job runs when the next submission is old enough.
pub(super) async fn look_after(tx: &mut Tx) -> Result<()> {
    let text = format!("SELECT MIN(updated_at) FROM approval_submission WHERE {DECIDED}");
    // An approved one is decided only once it has been done, but not before now.
    let oldest = tx.scalar::<Timestamp>(&text, &[]).await?.unwrap_or_else(|| tx.now());
    // At the end of the day: what follows this job then has another day, and so another key.
    let day = oldest.plus_seconds(AFTER_SECONDS).epoch_seconds().div_euclid(DAY_SECONDS) + 1;
    let (run_at, key) = (Timestamp(0).plus_seconds(day * DAY_SECONDS), Some(day.to_string()));
    let job = NewJob { kind: KIND, payload: json!({}), key, run_at: Some(run_at), most_attempts: 10 };
    tx.enqueue_for_system(job).await.map(drop)
}

struct ArchiveOld;

impl Work for ArchiveOld {
    type Out = i64;
    const NAME: &'static str = "approval.archive";

    async fn run(&self, tx: &mut Tx) -> Result<i64> {
        tx.lock(LOCK).await?;
        let until = tx.now().plus_seconds(-AFTER_SECONDS);
        let condition = format!("{DECIDED} AND updated_at <= $1 ORDER BY id LIMIT $2");
        let old = tx.find::<SubmissionRow>(&condition, params![until, PART]).await?;
        let archived = i64::try_from(old.len()).unwrap_or(PART);
        for before in old {
            let secret_request = access::Hidden(Bytes(Vec::new()));
            let mut after = SubmissionRow { secret_request, shown: None, archived: true, ..before.clone() };
            tx.update(&before, &mut after).await?;
        }
        let text = format!("SELECT COUNT(*) FROM approval_submission WHERE {DECIDED} AND updated_at > $1");
        if archived < PART && tx.scalar::<i64>(&text, params![until]).await?.unwrap_or(0) > 0 {
            look_after(tx).await?;
        }
        Ok(archived)
    }
}
