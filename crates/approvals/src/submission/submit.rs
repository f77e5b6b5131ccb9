//! Keeping a request that has to be approved.

use access::{Hidden, MasterKey};
use kernel::{Error, Preview, Result, Rights, UserId};
use serde::{Deserialize, Serialize};
use store::{Bytes, Tx, Work, params};

use super::{State, Submission, SubmissionRow, VoiceRow, model::shown};
use crate::{LOCK, action, policy::approvers_of};

/// The most requests of one person that wait.
const MOST: i64 = 1_000;

/// A request, as it is sent through the doors again when all have agreed.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) method: String,
    /// Path and query, without what signed it.
    pub(crate) uri: String,
    pub(crate) content_type: Option<String>,
    pub(crate) request_key: Option<String>,
    /// The rights beyond which it may do nothing, when it came with a token that has such a limit.
    pub(crate) limit: Option<Rights>,
    /// In base64.
    pub(crate) body: String,
}

/// Keeps a request of the actor.
pub(crate) struct Submit {
    pub(crate) action: &'static str,
    /// What people may see of where it went.
    pub(crate) name: String,
    pub(crate) kept: Hidden<Vec<u8>>,
    pub(crate) request_key: Option<String>,
    /// What it would change now; nothing when that can't be shown.
    pub(crate) preview: Option<Preview>,
    pub(crate) key: MasterKey,
}

impl Work for Submit {
    type Out = Submission;
    const NAME: &'static str = "approval.submit";

    async fn run(&self, tx: &mut Tx) -> Result<Submission> {
        tx.lock(LOCK).await?;
        let nobody = || Error::forbidden("The system itself needs no approval.");
        let user = tx.actor().user.ok_or_else(nobody)?;
        if let Some(key) = &self.request_key
            && let Some(known) = by_key(tx, user, key).await?
        {
            return one(tx, known).await;
        }
        let text = "SELECT COUNT(*) FROM approval_submission WHERE submitter_id = $1 AND state = 'pending'";
        if tx.scalar::<i64>(text, params![user]).await?.unwrap_or(0) >= MOST {
            return Err(Error::conflict(format!(
                "{MOST} of your requests wait for approval already; have those decided first."
            )));
        }
        let unknown = || Error::internal(format!("nobody knows the action {}", self.action));
        let approvers = approvers_of(tx, user, action::find(self.action).ok_or_else(unknown)?).await?;
        let (id, now) = (tx.new_id::<SubmissionRow>().await?, tx.now());
        let sealed = self.key.seal(&SubmissionRow::context(id), &self.kept.0)?;
        let row = SubmissionRow {
            id,
            version: 1,
            action: self.action.to_owned(),
            name: self.name.clone(),
            submitter_id: user,
            submitter: tx.actor().name.to_string(),
            state: State::Pending.name().to_owned(),
            secret_request: Hidden(Bytes(sealed)),
            request_key: self.request_key.clone(),
            shown: self.preview.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?,
            outcome: None,
            submitted_at: now,
            updated_at: now,
            archived: false,
        };
        tx.insert(&row).await?;
        for group_id in approvers {
            let id = tx.new_id::<VoiceRow>().await?;
            let (user_id, user_name, comment, said_at) = (None, None, None, None);
            let says = "open".to_owned();
            let voice = VoiceRow {
                id,
                version: 1,
                submission_id: row.id,
                group_id,
                says,
                user_id,
                user_name,
                comment,
                said_at,
            };
            tx.insert(&voice).await?;
        }
        one(tx, row).await
    }
}

/// A submission as it is shown.
pub(crate) async fn one(tx: &mut Tx, row: SubmissionRow) -> Result<Submission> {
    shown(tx, vec![row]).await?.pop().ok_or_else(|| Error::internal("a submission was lost"))
}

/// The submission of this person with this key.
pub(crate) async fn by_key(tx: &mut Tx, user: UserId, key: &str) -> Result<Option<SubmissionRow>> {
    Ok(tx.find::<SubmissionRow>("submitter_id = $1 AND request_key = $2", params![user, key]).await?.pop())
}
