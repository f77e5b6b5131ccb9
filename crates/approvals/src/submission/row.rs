//! The tables.

use access::Hidden;
use kernel::{Error, GroupId, Preview, Result, Timestamp, UserId};
use store::{Bytes, Tx, params};

use super::State;

store::record! {
    /// A request that waits, or has waited.
    pub struct SubmissionRow in "approval_submission" secret ["secret_request", "shown"] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The name of the action.
        action: String,
        /// Where the request went, such as `PUT /api/v2/ipam/netblocks/5/split`.
        name: String,
        /// Who has sent it.
        submitter_id: UserId,
        /// The name of who has sent it.
        submitter: String,
        /// Where it stands.
        state: String,
        /// The request, sealed; empty once it is archived.
        secret_request: Hidden<Bytes>,
        /// Its Idempotency-Key.
        request_key: Option<String>,
        /// What it would have changed when it was sent, as JSON.
        shown: Option<String>,
        /// What it was answered with in the end, or why it was rejected.
        outcome: Option<String>,
        /// When it was sent.
        submitted_at: Timestamp,
        /// When something happened to it last.
        updated_at: Timestamp,
        /// Whether it is out of the way.
        archived: bool,
    }
}

store::record! {
    /// What a group says that has to agree.
    pub struct VoiceRow in "approval_voice" secret [] part_of [("submission_id", "approval_submission")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Of which submission.
        submission_id: i64,
        /// Which group.
        group_id: GroupId,
        /// `open`, `approved` or `rejected`.
        says: String,
        /// Who has said so for the group.
        user_id: Option<UserId>,
        /// Their name.
        user_name: Option<String>,
        /// Why.
        comment: Option<String>,
        /// When.
        said_at: Option<Timestamp>,
    }
}

impl SubmissionRow {
    /// Where it stands.
    pub(crate) fn state(&self) -> Result<State> {
        State::parse(&self.state).ok_or_else(|| Error::internal(format!("a submission can't be {}", self.state)))
    }

    /// What it would have changed when it was sent.
    pub(crate) fn preview(&self) -> Result<Option<Preview>> {
        self.shown.as_deref().map(|text| serde_json::from_str(text).map_err(Error::internal)).transpose()
    }

    /// The context in which the request of a submission is sealed.
    pub(crate) fn context(id: i64) -> String {
        format!("approval submission {id}")
    }
}

/// What the groups say of these submissions.
pub(super) async fn voices(tx: &mut Tx, submissions: &[i64]) -> Result<Vec<VoiceRow>> {
    tx.find::<VoiceRow>("submission_id = ANY($1) ORDER BY submission_id, group_id", params![submissions.to_vec()]).await
}
