//! What a submission looks like from outside.

use access::groups_by_id;
use kernel::{GroupId, Result, UserId};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::{SubmissionRow, VoiceRow, row::voices};
use crate::action;

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SubmissionState)]
pub enum State {
    /// Somebody has yet to agree.
    Pending,
    /// All have agreed; it is about to be done.
    Approved,
    /// Somebody has not agreed.
    Rejected,
    /// All have agreed, and it was done.
    Executed,
    /// All have agreed, but it was refused when it was to be done.
    Failed,
}

impl State {
    const ALL: [Self; 5] = [Self::Pending, Self::Approved, Self::Rejected, Self::Executed, Self::Failed];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Executed => "executed",
            Self::Failed => "failed",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// What a group says that has to agree
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Voice {
    /// The group.
    #[schema(value_type = i64)]
    pub group_id: GroupId,
    /// Its name; nothing when it is gone. Then an administrator speaks for it.
    pub group: Option<String>,
    /// `open`, `approved` or `rejected`.
    #[schema(example = "open")]
    pub says: String,
    /// Who has said so.
    pub user: Option<String>,
    /// Why.
    pub comment: Option<String>,
    /// When.
    pub said_at: Option<String>,
}

/// A request that waits for approval, or has waited
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Submission {
    /// Its id.
    pub id: i64,
    /// Where the request went.
    #[schema(example = "PUT /api/v2/ipam/netblocks/5/split")]
    pub name: String,
    /// The name of the action.
    #[schema(example = "block.split")]
    pub action: String,
    /// The family of the action.
    #[schema(example = "block")]
    pub family: String,
    /// What the action does.
    #[schema(example = "Split a block")]
    pub sentence: String,
    /// Who has sent it.
    #[schema(value_type = i64)]
    pub submitter_id: UserId,
    /// The name of who has sent it.
    pub submitter: String,
    /// Where it stands.
    pub state: State,
    /// What the groups say that have to agree.
    pub voices: Vec<Voice>,
    /// What it was answered with when it was done, or why it was rejected.
    pub outcome: Option<String>,
    /// When it was sent.
    pub submitted_at: String,
    /// When something happened to it last.
    pub updated_at: String,
    /// Whether it is in the archive.
    pub archived: bool,
}

/// What somebody says of submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    /// It may be done.
    Approve,
    /// It may not.
    Reject,
}

/// What became of one submission by a decision
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(super) struct Decided {
    /// Its id.
    pub(super) id: i64,
    /// Where it stands now; nothing when nothing was decided.
    pub(super) state: Option<State>,
    /// Why nothing was decided.
    pub(super) error: Option<String>,
}

/// Submissions as they are shown.
pub(super) async fn shown(tx: &mut Tx, rows: Vec<SubmissionRow>) -> Result<Vec<Submission>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let voices = voices(tx, &ids).await?;
    let groups = groups_by_id(tx, &voices.iter().map(|voice| voice.group_id).collect::<Vec<_>>()).await?;
    let voice = |voice: &VoiceRow| Voice {
        group_id: voice.group_id,
        group: groups.iter().find(|group| group.id == voice.group_id).map(|group| group.name.clone()),
        says: voice.says.clone(),
        user: voice.user_name.clone(),
        comment: voice.comment.clone(),
        said_at: voice.said_at.map(|at| at.to_string()),
    };
    let one = |row: SubmissionRow| {
        let state = row.state()?;
        let known = action::find(&row.action);
        Ok(Submission {
            voices: voices.iter().filter(|voice| voice.submission_id == row.id).map(voice).collect(),
            id: row.id,
            name: row.name,
            family: row.action.split('.').next().unwrap_or_default().to_owned(),
            sentence: known.map(|action| action.sentence.to_owned()).unwrap_or_default(),
            action: row.action,
            submitter_id: row.submitter_id,
            submitter: row.submitter,
            state,
            outcome: row.outcome,
            submitted_at: row.submitted_at.to_string(),
            updated_at: row.updated_at.to_string(),
            archived: row.archived,
        })
    };
    rows.into_iter().map(one).collect()
}
