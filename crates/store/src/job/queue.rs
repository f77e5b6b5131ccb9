//! The table of jobs: putting one in, looking at one, cancelling one.

use kernel::{Actor, Error, JobId, Result, Rights, Timestamp};
use serde::Serialize;

use super::running::Running;
use crate::{Query, ToValue as _, Tx, params};

/// Signalled when a job may be due.
pub(crate) const SIGNAL: &str = "job";

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for its time or for a worker.
    Queued,
    /// A worker has leased it.
    Running,
    /// Has reached its end.
    Done,
    /// Was given up after its last try: a dead letter.
    Failed,
    /// Was stopped because somebody wished so.
    Cancelled,
}

impl Status {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The word for it in the database and in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or_else(|| Error::internal(format!("a job can't be {text}")))
    }
}

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which kind: the name under which its code is registered.
    pub kind: &'static str,
    /// What the code needs to know.
    pub payload: serde_json::Value,
    /// While a job of this kind with this key waits or runs, no second one is put in.
    pub key: Option<String>,
    /// Not before this instant.
    pub run_at: Option<Timestamp>,
    /// How often it may be tried.
    pub most_attempts: u32,
}

/// A job as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobState {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub status: Status,
    /// How often it has been started.
    pub attempts: u32,
    /// Steps done, of the total.
    pub done: i64,
    /// Steps in all; 0 while unknown.
    pub total: i64,
    /// What it found out, when done.
    pub result: Option<serde_json::Value>,
    /// Why it failed last.
    pub error: Option<String>,
    /// Who asked for it: the user's id.
    pub actor_id: Option<i64>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobLine {
    /// Its number within the job, from 1.
    pub n: i64,
    /// When it was written.
    pub at: Timestamp,
    /// `info`, `warning` or `error`.
    pub level: String,
    /// What it says.
    pub text: String,
}

impl Tx {
    /// Puts a job into the queue; it exists if and only if this transaction is kept. Returns the job that waits
    /// already when the key is taken.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<JobId> {
        let actor = self.actor().clone();
        self.enqueue_as(&actor, job).await
    }

    /// The same for what has to be done whatever becomes of the person who is at work now: it runs as the system.
    pub async fn enqueue_for_system(&mut self, job: NewJob) -> Result<JobId> {
        let actor = Actor { request: self.actor().request.clone(), ..Actor::system("") };
        self.enqueue_as(&actor, job).await
    }

    async fn enqueue_as(&mut self, actor: &Actor, job: NewJob) -> Result<JobId> {
        if let Some(key) = &job.key {
            let text = "SELECT id FROM job WHERE kind = $1 AND unique_key = $2 AND status IN ('queued', 'running')";
            if let Some(id) = self.scalar::<JobId>(text, params![job.kind, key]).await? {
                return Ok(id);
            }
        }
        if let Some(watch) = &mut self.watch {
            watch.starts(job.kind);
        }
        let id = self.new_id_in("job").await?;
        let now = self.now();
        let text = "INSERT INTO job (id, kind, payload, unique_key, status, run_at, attempts, most_attempts,
            progress_done, progress_total, cancel_wanted, actor_id, actor, request, created_at, rights)
            VALUES ($1, $2, $3, $4, 'queued', $5, 0, $6, 0, 0, 0, $7, $8, $9, $10, $11)";
        let due = job.run_at.unwrap_or(now);
        let (payload, request) = (job.payload.to_string(), actor.request.to_string());
        // It runs with the rights that the person has then, but for those that were not given for this.
        let limit = actor.grants.limit();
        let values = params![
            id,
            job.kind,
            payload,
            job.key,
            due,
            job.most_attempts,
            actor.user,
            actor.name,
            request,
            now,
            limit
        ];
        self.derive(text, values).await?;
        self.signal(SIGNAL);
        Ok(JobId(id))
    }

    /// Says that something has happened. Each job kind that listens to this event gets a job with what is said, in
    /// this transaction, so that the news is neither lost nor told of something that did not happen.
    pub async fn emit(&mut self, event: &'static str, what: &serde_json::Value) -> Result<()> {
        let shared = self.shared.clone();
        for kind in shared.listeners.get(event).into_iter().flatten() {
            let payload = what.clone();
            self.enqueue(NewJob { kind, payload, key: None, run_at: None, most_attempts: 10 }).await?;
        }
        Ok(())
    }
}

/// A job as it stands.
pub async fn state(tx: &mut Tx, id: JobId) -> Result<Option<JobState>> {
    let text = "SELECT id, kind, status, attempts, progress_done, progress_total, result, error, actor_id,
        created_at, finished_at FROM job WHERE id = $1";
    let Some(mut row) = tx.rows(text, params![id]).await?.pop() else { return Ok(None) };
    let result: Option<String> = row.take(6)?;
    let noted = (row.take(4)?, row.take(5)?);
    let (done, total) = tx.memory::<Running>().of(id).unwrap_or(noted);
    Ok(Some(JobState {
        id: row.take(0)?,
        kind: row.take(1)?,
        status: Status::parse(&row.take::<String>(2)?)?,
        attempts: row.take(3)?,
        done,
        total,
        result: result.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
        error: row.take(7)?,
        actor_id: row.take(8)?,
        created_at: row.take(9)?,
        finished_at: row.take(10)?,
    }))
}

/// How many jobs there are in each status, for those who watch over the queue.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(Status, i64)>> {
    let mut counts = Status::ALL.map(|status| (status, 0));
    for mut row in tx.rows("SELECT status, COUNT(*) FROM job GROUP BY status", &[]).await? {
        let status = Status::parse(&row.take::<String>(0)?)?;
        if let Some(count) = counts.iter_mut().find(|(known, _)| *known == status) {
            count.1 = row.take(1)?;
        }
    }
    Ok(counts.into())
}

/// The lines of a job's log behind this number, at most this many.
pub async fn lines(tx: &mut Tx, id: JobId, after: i64, limit: u32) -> Result<Vec<JobLine>> {
    let text = "SELECT n, at, level, text FROM job_line WHERE job_id = $1 AND n > $2 ORDER BY n LIMIT $3";
    let rows = tx.rows(text, params![id, after, limit]).await?;
    rows.into_iter()
        .map(|mut row| Ok(JobLine { n: row.take(0)?, at: row.take(1)?, level: row.take(2)?, text: row.take(3)? }))
        .collect()
}

/// Stops a job: one that waits at once, one that runs at the next point where it looks.
pub async fn cancel(tx: &mut Tx, id: JobId) -> Result<()> {
    let now = tx.now();
    let text = "UPDATE job SET status = 'cancelled', finished_at = $2 WHERE id = $1 AND status = 'queued'";
    let waiting = tx.derive(text, params![id, now]).await?.0;
    if waiting == 0 {
        tx.derive("UPDATE job SET cancel_wanted = 1 WHERE id = $1 AND status = 'running'", params![id]).await?;
    }
    Ok(())
}

/// Puts a dead letter back into the queue.
pub async fn retry(tx: &mut Tx, id: JobId) -> Result<()> {
    let now = tx.now();
    let text = "UPDATE job SET status = 'queued', attempts = 0, run_at = $2, finished_at = NULL, cancel_wanted = 0
        WHERE id = $1 AND status = 'failed'";
    if tx.derive(text, params![id, now]).await?.0 == 0 {
        return Err(Error::conflict(format!("job {id} has not failed, so there is nothing to try again")));
    }
    tx.signal(SIGNAL);
    Ok(())
}

/// A job that a worker has leased.
#[derive(Debug)]
pub(crate) struct Leased {
    pub(crate) id: JobId,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) attempts: u32,
    pub(crate) most_attempts: u32,
    pub(crate) actor_id: Option<i64>,
    pub(crate) actor: String,
    pub(crate) request: String,
    pub(crate) limit: Option<Rights>,
}

/// How often a job may be started beyond its tries, since a node may die under it through no fault of the job.
const MOST_TAKEOVERS: u32 = 5;

/// Gives up jobs under which node after node has died, lest they take down every node for ever.
async fn give_up(tx: &mut Tx, node: &str) -> Result<()> {
    let mut update = Query::new(
        "UPDATE job SET status = 'failed', error = 'the node died each time that this job ran',
         locked_by = NULL, locked_until = NULL, finished_at = ",
    );
    update.bind(tx.now()).push(" WHERE ").append(&orphaned(tx, node));
    update.push(" AND attempts >= most_attempts + ").bind(MOST_TAKEOVERS);
    tx.derive(update.text(), update.params()).await.map(drop)
}

/// That a job's node has died. Where no other node shares the database, this one lives although it is late: the job
/// has kept the one writer busy.
fn orphaned(tx: &Tx, node: &str) -> Query {
    let mut condition = Query::new("status = 'running' AND locked_until < ");
    condition.bind(tx.now());
    if !tx.is_shared() {
        condition.push(" AND locked_by <> ").bind(node);
    }
    condition
}

/// Leases the next job that is due, or whose lease has run out.
pub(crate) async fn lease(tx: &mut Tx, kinds: &[&str], node: &str, until: Timestamp) -> Result<Option<Leased>> {
    // Several nodes look at the same time; each takes a row that no other one holds.
    let skip = if tx.is_shared() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let mut update = Query::new("UPDATE job SET status = 'running', attempts = attempts + 1, locked_by = ");
    update.bind(node).push(", locked_until = ").bind(until);
    update.push(" WHERE id = (SELECT id FROM job WHERE kind = ANY(").bind(kinds.to_value());
    update.push(") AND ((status = 'queued' AND run_at <= ").bind(tx.now());
    update.push(") OR (").append(&orphaned(tx, node));
    update.push(" AND attempts < most_attempts + ").bind(MOST_TAKEOVERS);
    update.push(&format!(")) ORDER BY run_at, id LIMIT 1{skip})"));
    update.push(" RETURNING id, kind, payload, attempts, most_attempts, actor_id, actor, request, rights");
    let Some(mut row) = tx.derive(update.text(), update.params()).await?.1.pop() else {
        give_up(tx, node).await?;
        return Ok(None);
    };
    Ok(Some(Leased {
        id: row.take(0)?,
        kind: row.take(1)?,
        payload: row.take(2)?,
        attempts: row.take(3)?,
        most_attempts: row.take(4)?,
        actor_id: row.take(5)?,
        actor: row.take(6)?,
        request: row.take(7)?,
        limit: row.take(8)?,
    }))
}
