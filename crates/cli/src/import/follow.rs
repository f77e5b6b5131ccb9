//! Watching the job of an import.

use std::time::Duration;

use kernel::JobId;
use serde_json::Value;

use crate::{Failure, Session, api::Answer, text};

/// The first pause between two looks; each is longer than the one before.
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);
/// How many looks in a row may fail, while a node restarts or another one takes over.
const FAILURES: u32 = 10;

/// Waits for the end of a job and returns it as it is then.
pub(crate) async fn until_done(session: &Session<'_>, id: JobId) -> Result<Answer, Failure> {
    let bar = session.console.bar("{spinner} {msg} [{wide_bar}] {human_pos}/{human_len} {eta}");
    bar.set_message(format!("job {id}"));
    let (mut pause, mut failures) = (SHORTEST, 0);
    loop {
        match look(session, id).await {
            Ok((answer, job)) => {
                failures = 0;
                if matches!(job["status"].as_str(), Some("done" | "failed" | "cancelled")) {
                    bar.finish_and_clear();
                    return Ok(answer);
                }
                bar.set_message(format!("job {id} {}", text::of(&job["status"])));
                if let Some(total) = job["progress"]["total"].as_u64() {
                    bar.set_length(total);
                }
                bar.set_position(job["progress"]["done"].as_u64().unwrap_or(0));
            }
            Err(Failure::Unreachable(_) | Failure::Lost(_)) if failures < FAILURES => failures += 1,
            Err(failure) => {
                bar.finish_and_clear();
                return Err(failure.with_advice(&format!("The import goes on: platbook jobs show {id}")));
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST);
    }
}

async fn look(session: &Session<'_>, id: JobId) -> Result<(Answer, Value), Failure> {
    let answer = session.api.get(&format!("/jobs/{id}"), &[]).await?;
    let job = session.api.read(&answer)?;
    Ok((answer, job))
}
