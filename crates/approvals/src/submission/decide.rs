//! Approving and rejecting.

use std::collections::BTreeSet;

use access::{groups_by_id, groups_in_force};
use kernel::{Actor, Error, GroupId, Result};
use store::{RequestKey, Tx, Work, job::NewJob};

use super::{
    State, SubmissionRow, VoiceRow,
    archive::look_after,
    execute, letter,
    model::{Decided, Decision},
    row::voices,
};
use crate::LOCK;

/// Says the same of several submissions; each has its own answer.
pub(super) struct Decide {
    pub(super) ids: BTreeSet<i64>,
    pub(super) decision: Decision,
    pub(super) comment: Option<String>,
    pub(super) key: Option<RequestKey>,
}

impl Work for Decide {
    type Out = Vec<Decided>;
    const NAME: &'static str = "approval.decide";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Decided>> {
        // Two approvers of one submission come one after the other, so that it is done once.
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        if tx.actor().grants.limit().is_some() {
            return Err(Error::forbidden("A token that may do less than its user can't decide. Sign in otherwise."));
        }
        let user = tx.actor().user.ok_or_else(|| Error::forbidden("Only people decide."))?;
        let groups = groups_in_force(tx, user).await?;
        let mut decided = Vec::new();
        for id in &self.ids {
            decided.push(match self.one(tx, *id, &groups).await {
                Ok(state) => Decided { id: *id, state: Some(state), error: None },
                Err(error @ (Error::Internal(_) | Error::Stale(_) | Error::Busy(_))) => return Err(error),
                Err(error) => Decided { id: *id, state: None, error: Some(error.public()) },
            });
        }
        if decided.iter().any(|one| one.state.is_some()) {
            look_after(tx).await?;
        }
        tx.remember(self.key.as_ref(), &decided).await?;
        Ok(decided)
    }
}

impl Decide {
    /// Decides one; nothing is written when it is refused.
    async fn one(&self, tx: &mut Tx, id: i64, groups: &[GroupId]) -> Result<State> {
        let missing = || Error::not_found(format!("There is no submission with id {id}."));
        let before: SubmissionRow = tx.get(id).await?.ok_or_else(missing)?;
        let voices = voices(tx, &[id]).await?;
        let actor = tx.actor().clone();
        if actor.user == Some(before.submitter_id) {
            return Err(Error::forbidden("Nobody decides on what they have submitted themselves."));
        }
        let ours = speaks_for(tx, &actor, groups, &voices).await?;
        if ours.is_empty() {
            return Err(if actor.is_administrator() {
                Error::forbidden("None of your groups has to agree to this.")
            } else {
                missing()
            });
        }
        if before.state()? != State::Pending {
            return Err(Error::conflict(format!("This is {} already.", before.state)));
        }
        let open: Vec<_> = voices.iter().filter(|voice| voice.says == "open").collect();
        let now = tx.now();
        let says = if self.decision == Decision::Approve { "approved" } else { "rejected" };
        let spoken: Vec<&VoiceRow> = open.iter().copied().filter(|voice| ours.contains(&voice.group_id)).collect();
        if spoken.is_empty() {
            return Err(Error::conflict("Your groups have decided already; others have yet to agree."));
        }
        for voice in spoken.iter().copied() {
            let mut after = VoiceRow {
                says: says.to_owned(),
                user_id: actor.user,
                user_name: Some(actor.name.to_string()),
                comment: self.comment.clone(),
                said_at: Some(now),
                ..voice.clone()
            };
            tx.update(voice, &mut after).await?;
        }
        let state = match self.decision {
            Decision::Reject => State::Rejected,
            Decision::Approve if spoken.len() == open.len() => State::Approved,
            Decision::Approve => State::Pending,
        };
        let outcome = if state == State::Rejected { self.comment.clone() } else { None };
        let mut after = SubmissionRow { state: state.name().to_owned(), outcome, updated_at: now, ..before.clone() };
        tx.update(&before, &mut after).await?;
        match state {
            State::Approved => {
                let (payload, key) = (serde_json::json!(id), Some(id.to_string()));
                let job = NewJob { kind: execute::KIND, payload, key, run_at: None, most_attempts: 10 };
                tx.enqueue_for_system(job).await?;
            }
            State::Rejected => letter::send(tx, &after).await?,
            _ => {}
        }
        Ok(state)
    }
}

/// The groups, of those that have to agree, for which somebody speaks: their own. For a group that is gone or switched
/// off, administrators do.
async fn speaks_for(tx: &mut Tx, actor: &Actor, groups: &[GroupId], voices: &[VoiceRow]) -> Result<BTreeSet<GroupId>> {
    let asked: Vec<GroupId> = voices.iter().map(|voice| voice.group_id).collect();
    let mut ours: BTreeSet<GroupId> = asked.iter().copied().filter(|id| groups.contains(id)).collect();
    if actor.is_administrator() {
        let there = groups_by_id(tx, &asked).await?;
        let in_force = |id: &GroupId| there.iter().any(|group| group.id == *id && group.enabled);
        ours.extend(asked.into_iter().filter(|id| !in_force(id)));
    }
    Ok(ours)
}

/// Refuses ids and comments that are none.
pub(super) fn check(ids: &[i64], comment: Option<&str>) -> Result<()> {
    const MOST: usize = 500;
    const LONGEST: usize = 2_000;
    let mut errors = kernel::FieldErrors::default();
    if !(1..=MOST).contains(&ids.len()) {
        errors.push("ids", format!("must name 1 to {MOST} submissions"));
    }
    if comment.is_some_and(|comment| comment.chars().count() > LONGEST) {
        errors.push("comment", format!("may have at most {LONGEST} characters"));
    }
    errors.into_result()
}
