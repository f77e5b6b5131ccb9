//! The mail by which a submitter hears what has become of their request.

use std::fmt::Write as _;

use access::{Mail, address_of, mail_is_set_up};
use kernel::{Error, Result};
use store::Tx;

use super::{State, SubmissionRow, row::voices};
use crate::action;

/// Sends it once this transaction is kept, if mail is set up and the submitter has an address.
pub(super) async fn send(tx: &mut Tx, submission: &SubmissionRow) -> Result<()> {
    if !mail_is_set_up(tx).await? {
        return Ok(());
    }
    let Some(to) = address_of(tx, submission.submitter_id).await? else { return Ok(()) };
    let what = action::find(&submission.action).map_or(&*submission.action, |action| action.sentence);
    let became = match submission.state()? {
        State::Executed => "was approved and done",
        State::Failed => "was approved, but could not be done",
        State::Rejected => "was rejected",
        State::Approved | State::Pending => return Ok(()),
    };
    let (at, name) = (submission.submitted_at, &submission.name);
    let mut body = format!("Your request of {at} {became}:\n\n    {what}\n    {name}\n");
    if let (State::Failed, Some(why)) = (submission.state()?, &submission.outcome) {
        _ = writeln!(body, "\nWhy: {why}");
    }
    for voice in voices(tx, &[submission.id]).await? {
        if let (Some(user), says) = (voice.user_name, voice.says) {
            let comment = voice.comment.map_or_else(String::new, |comment| format!(": {comment}"));
            _ = writeln!(body, "\n{user} {says} it{comment}");
        }
    }
    let subject = format!("Platbook: request {} {became}", submission.id);
    // A comment may hold what a mail can't.
    let body = body.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    match (Mail { to, subject, body }).enqueue(tx).await {
        // An address that is none is no reason to lose the decision.
        Err(Error::Invalid(why)) => {
            tracing::warn!(submission = submission.id, %why, "a submitter can't be told by mail");
            Ok(())
        }
        sent => sent.map(drop),
    }
}
