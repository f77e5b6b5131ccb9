//! Doing what was approved: the request goes through the doors once more, as the one who has sent it, with the rights that
//! they have now.

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use serde_json::{Value, json};
use store::{
    Tx, Work,
    job::{Job, JobContext},
};

use super::{State, SubmissionRow, letter};
use crate::{Approvals, LOCK, door::Done};

/// The kind of job.
pub(crate) const KIND: &str = "approvals.execute";

/// Does what was approved.
pub(crate) struct Execute(pub(crate) Approvals);

impl Job for Execute {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(run(&self.0, context))
    }
}

async fn run(approvals: &Approvals, context: &JobContext) -> Result<Value> {
    let id = context.payload.as_i64().ok_or_else(|| Error::internal("a job names no submission"))?;
    let mut tx = context.db.read(&context.actor).await?;
    let row: Option<SubmissionRow> = tx.get(id).await?;
    drop(tx);
    let Some(row) = row.filter(|row| row.state == State::Approved.name()) else { return Ok(json!({})) };
    let (state, outcome) = match approvals.execute(&row).await {
        Ok(Done { refused: false, said }) => (State::Executed, said),
        Ok(Done { refused: true, said }) => (State::Failed, said),
        Err(error) if error.may_pass() => return Err(error),
        Err(error) => (State::Failed, error.public()),
    };
    context.db.write(&context.actor, Finish { id, state, outcome }).await?;
    Ok(json!({"submission": id, "state": state}))
}

struct Finish {
    id: i64,
    state: State,
    outcome: String,
}

impl Work for Finish {
    type Out = ();
    const NAME: &'static str = "approval.finish";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let Some(before) = tx.get::<SubmissionRow>(self.id).await? else { return Ok(()) };
        if before.state()? != State::Approved {
            return Ok(());
        }
        let (state, outcome) = (self.state.name().to_owned(), Some(self.outcome.clone()));
        let mut after = SubmissionRow { state, outcome, updated_at: tx.now(), ..before.clone() };
        tx.update(&before, &mut after).await?;
        letter::send(tx, &after).await
    }
}
