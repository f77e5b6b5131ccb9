//! `/approvals/pending`, `/approvals/decisions` and `/approvals/history` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, PageQuery, Paged, Path, Routes};
use axum::extract::State as Handle;
use kernel::{Error, Preview, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    State, Submission,
    decide::{Decide, check},
    model::{Decided, Decision},
    read::{Looked, Wanted, Which},
};
use crate::Approvals;

pub(crate) fn routes(approvals: &Approvals) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_pending))
        .routes(routes!(get_pending))
        .routes(routes!(decide))
        .routes(routes!(list_past_submissions))
        .with_state(approvals.clone())
}

/// Which of those that wait
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PendingQuery {
    /// A text in the name, the action or the submitter's name, in any case.
    q: Option<String>,
    /// `name`, `family`, `action`, `updated` or `submitter`; with `-` before it, the other way round. The latest come
    /// first when it is not given.
    #[param(example = "-updated")]
    sort: Option<String>,
}

/// Which of those that have been decided
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// `executed`, `failed`, `approved`, `rejected`, or `pending_by_others`: those to which the caller's groups have
    /// agreed, and which wait for others. All of these when it is not given.
    #[param(example = "executed")]
    state: Option<String>,
    /// A text in the name, the action or the submitter's name, in any case.
    q: Option<String>,
    /// As in `/approvals/pending`.
    sort: Option<String>,
    /// Whether those are shown as well that went into the archive, 30 days after they were decided.
    archived: Option<bool>,
}

fn order(sort: Option<&str>) -> Result<&'static str> {
    Ok(match sort.unwrap_or("-updated") {
        "name" => "name, id",
        "-name" => "name DESC, id DESC",
        // The name of an action begins with its family.
        "family" | "action" => "action, id",
        "-family" | "-action" => "action DESC, id DESC",
        "updated" => "updated_at, id",
        "-updated" => "updated_at DESC, id DESC",
        "submitter" => "submitter, id",
        "-submitter" => "submitter DESC, id DESC",
        _ => {
            return Err(Error::invalid(
                "sort",
                "must be name, family, action, updated or submitter, perhaps with - before it",
            ));
        }
    })
}

/// Lists what waits for approval
///
/// The caller's own, and those on which their groups decide; for administrators all.
#[utoipa::path(
    get,
    path = "/approvals/pending",
    params(PendingQuery, PageQuery),
    responses((status = 200, body = [Submission]))
)]
async fn list_pending(
    Handle(approvals): Handle<Approvals>,
    Caller(actor): Caller,
    paged: Paged<PendingQuery>,
) -> api_v2::Result<Listed<Submission>> {
    let order = order(paged.query.sort.as_deref())?;
    let (which, archived, page) = (Which::Pending, false, paged.page);
    let wanted = Wanted { which, q: paged.query.q.clone(), order, archived, page };
    let (found, more) = approvals.submissions(&actor, &wanted).await?;
    Ok(paged.answer(found, more))
}

/// Lists what has been decided
#[utoipa::path(
    get,
    path = "/approvals/history",
    params(HistoryQuery, PageQuery),
    responses((status = 200, body = [Submission]))
)]
async fn list_past_submissions(
    Handle(approvals): Handle<Approvals>,
    Caller(actor): Caller,
    paged: Paged<HistoryQuery>,
) -> api_v2::Result<Listed<Submission>> {
    let which = match paged.query.state.as_deref() {
        None => Which::Past,
        Some("pending_by_others") => Which::PendingByOthers,
        Some(word) => {
            let why = || Error::invalid("state", "must be executed, failed, approved, rejected or pending_by_others");
            Which::In(State::parse(word).filter(|state| *state != State::Pending).ok_or_else(why)?)
        }
    };
    let order = order(paged.query.sort.as_deref())?;
    let (archived, page) = (paged.query.archived.unwrap_or(false), paged.page);
    let wanted = Wanted { which, q: paged.query.q.clone(), order, archived, page };
    let (found, more) = approvals.submissions(&actor, &wanted).await?;
    Ok(paged.answer(found, more))
}

/// A submission, with what it would change
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SubmissionDetails {
    #[serde(flatten)]
    submission: Submission,
    /// What it would have changed when it was sent: `[table, id, before, after]` for each record. Nothing when that could
    /// not be shown.
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Option<Vec<Value>>,
    /// What it would change now, while it waits.
    #[schema(value_type = Option<Vec<Object>>)]
    changes_now: Option<Vec<Value>>,
    /// What has become different since, or why it would be refused now.
    conflicts: Vec<String>,
}

/// Shows what waits, with what it would change
///
/// It is tried out as it would be done now, as the submitter with their rights of now, and compared with what it would
/// have changed when it was sent. What was sent itself is not shown, since there may be secrets in it. What has been
/// decided is found here as well.
#[utoipa::path(
    get,
    path = "/approvals/pending/{id}",
    params(("id" = i64, Path)),
    responses((status = 200, body = SubmissionDetails))
)]
async fn get_pending(
    Handle(approvals): Handle<Approvals>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> api_v2::Result<Json<SubmissionDetails>> {
    let Looked { submission, then, now, conflicts } = approvals.submission(&actor, id).await?;
    let list = |preview: Option<Preview>| {
        preview.map(|preview| serde_json::from_str(&preview.changes).map_err(Error::internal)).transpose()
    };
    Ok(Json(SubmissionDetails { submission, changes: list(then)?, changes_now: list(now)?, conflicts }))
}

/// A decision on one or several submissions
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ids": [17, 18], "decision": "approve", "comment": "As agreed."}))]
struct NewDecision {
    /// Which submissions: 1 to 500.
    ids: Vec<i64>,
    /// What becomes of them.
    decision: Decision,
    /// Why, for the submitter: at most 2,000 characters.
    comment: Option<String>,
}

/// Approves or rejects what waits
///
/// The caller speaks for all their groups that have to agree. Once all have, the request is done as it was sent, by the
/// submitter, with the rights that they have then; the submitter gets a mail. Each submission has its own answer. Nobody
/// decides on their own.
#[utoipa::path(
    post,
    path = "/approvals/decisions",
    request_body = NewDecision,
    responses((status = 200, body = [Decided]))
)]
async fn decide(
    Handle(approvals): Handle<Approvals>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewDecision>,
) -> api_v2::Result<Json<Vec<Decided>>> {
    check(&new.ids, new.comment.as_deref())?;
    let key = key.map(|key| RequestKey::new(key, &("POST /approvals/decisions", &new))).transpose()?;
    let work = Decide { ids: new.ids.into_iter().collect(), decision: new.decision, comment: new.comment, key };
    Ok(Json(approvals.db.write(&actor, work).await?))
}
