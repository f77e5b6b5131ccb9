//! Looking at submissions. A person sees their own, and those on which their groups decide; an administrator sees all.

use access::groups_in_force;
use kernel::{Actor, Error, GroupId, Page, Result};
use store::{Tx, differences, params};

use super::{State, Submission, SubmissionRow, model::shown, row::voices};
use crate::Approvals;

/// Which submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that wait.
    Pending,
    /// Those for which the caller's groups have agreed, and which wait for others.
    PendingByOthers,
    /// Those in this state.
    In(State),
    /// Those that do not wait for the caller any more: decided, or pending by others.
    Past,
}

/// A part of a list.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) which: Which,
    /// A text in the name, the action or the submitter's name, in any case.
    pub(super) q: Option<String>,
    /// The columns of the order.
    pub(super) order: &'static str,
    pub(super) archived: bool,
    pub(super) page: Page,
}

/// A submission with what it would change.
pub(super) struct Looked {
    pub(super) submission: Submission,
    /// What it would have changed when it was sent.
    pub(super) then: Option<kernel::Preview>,
    /// What it would change now, if it waits.
    pub(super) now: Option<kernel::Preview>,
    /// What has become different, or why it would be refused now.
    pub(super) conflicts: Vec<String>,
}

impl Approvals {
    /// The submissions that fit, and whether there are more behind this page.
    pub(super) async fn submissions(&self, actor: &Actor, wanted: &Wanted) -> Result<(Vec<Submission>, bool)> {
        let mut tx = self.db.read(actor).await?;
        let groups: Vec<i64> = own_groups(&mut tx, actor).await?.into_iter().map(|id| id.0).collect();
        let (user, everything) = (actor.user.map_or(0, |user| user.0), i64::from(actor.is_administrator()));
        let state = if let Which::In(state) = wanted.which { state.name() } else { "" };
        let q = wanted.q.as_deref().unwrap_or_default().to_lowercase();
        let q = format!("%{}%", q.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        let voice = "SELECT 1 FROM approval_voice v WHERE v.submission_id = approval_submission.id
            AND v.group_id = ANY($1)";
        let by_others = format!(
            "(state = 'pending' AND EXISTS ({voice} AND v.says = 'approved') AND NOT EXISTS ({voice} AND v.says = 'open'))"
        );
        let which = match wanted.which {
            Which::Pending => "state = 'pending'".to_owned(),
            Which::PendingByOthers => by_others,
            Which::In(_) => "state = $4".to_owned(),
            Which::Past => format!("(state <> 'pending' OR {by_others})"),
        };
        let condition = format!(
            "(submitter_id = $2 OR $3 = 1 OR EXISTS ({voice})) AND {which} AND ($4 = $4) AND archived <= $5
             AND (LOWER(name) LIKE $6 ESCAPE '!' OR LOWER(action) LIKE $6 ESCAPE '!' OR LOWER(submitter) LIKE $6 ESCAPE '!')
             ORDER BY {} LIMIT $7 OFFSET $8",
            wanted.order
        );
        let (limit, offset) = (i64::from(wanted.page.limit) + 1, wanted.page.offset);
        let values = params![groups, user, everything, state, i64::from(wanted.archived), q, limit, offset];
        let mut rows = tx.find::<SubmissionRow>(&condition, values).await?;
        let more = rows.len() > wanted.page.limit as usize;
        rows.truncate(wanted.page.limit as usize);
        Ok((shown(&mut tx, rows).await?, more))
    }

    /// One submission, with what it would change, then and now.
    pub(super) async fn submission(&self, actor: &Actor, id: i64) -> Result<Looked> {
        let mut tx = self.db.read(actor).await?;
        let missing = || Error::not_found(format!("There is no submission with id {id}."));
        let row: SubmissionRow = tx.get(id).await?.ok_or_else(missing)?;
        let groups = own_groups(&mut tx, actor).await?;
        let asked = voices(&mut tx, &[id]).await?.iter().any(|voice| groups.contains(&voice.group_id));
        if actor.user != Some(row.submitter_id) && !actor.is_administrator() && !asked {
            return Err(missing());
        }
        let (then, waits) = (row.preview()?, row.state()? == State::Pending);
        let submission = shown(&mut tx, vec![row.clone()]).await?.pop().ok_or_else(missing)?;
        drop(tx);
        let (mut now, mut conflicts) = (None, Vec::new());
        if waits {
            match self.rehearse_again(&row).await {
                Ok(preview) => now = preview,
                Err(error @ (Error::Internal(_) | Error::Busy(_))) => return Err(error),
                Err(error) => conflicts.push(error.public()),
            }
        }
        if let (Some(then), Some(now)) = (&then, &now) {
            conflicts = differences(then, now)?;
        }
        Ok(Looked { submission, then, now, conflicts })
    }
}

async fn own_groups(tx: &mut Tx, actor: &Actor) -> Result<Vec<GroupId>> {
    match actor.user {
        Some(user) => groups_in_force(tx, user).await,
        None => Ok(Vec::new()),
    }
}
