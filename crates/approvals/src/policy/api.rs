//! `/approvals/policies` and `/approvals/actions` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Routes};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use store::RequestKey;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewPolicy, Policy, add::AddPolicy, change::ChangePolicy, delete::DeletePolicy};
use crate::{Approvals, action::ACTIONS};

pub(crate) fn routes(approvals: &Approvals) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_policies, add_policy))
        .routes(routes!(get_policy, change_policy, delete_policy))
        .routes(routes!(list_actions))
        .with_state(approvals.clone())
}

/// An action that policies can name
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct NamedAction {
    /// Its name.
    #[schema(example = "block.split")]
    name: &'static str,
    /// Its family: all of it is named by `block.*`.
    #[schema(example = "block")]
    family: &'static str,
    /// What it does.
    #[schema(example = "Split a block")]
    sentence: &'static str,
    /// Whether it can wait for approval. What shows a secret once can only be allowed or denied.
    can_wait: bool,
}

/// Lists the actions that policies can name
#[utoipa::path(get, path = "/approvals/actions", responses((status = 200, body = [NamedAction])))]
async fn list_actions(Caller(_actor): Caller) -> Json<Vec<NamedAction>> {
    let named = ACTIONS.iter().map(|action| NamedAction {
        name: action.name,
        family: action.family(),
        sentence: action.sentence,
        can_wait: !action.tells_secret,
    });
    Json(named.collect())
}

/// Lists the policies
///
/// By action and group. For administrators.
#[utoipa::path(get, path = "/approvals/policies", params(PageQuery), responses((status = 200, body = [Policy])))]
async fn list_policies(
    State(approvals): State<Approvals>,
    Caller(actor): Caller,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<Policy>> {
    let (policies, more) = approvals.policies(&actor, paged.page).await?;
    Ok(paged.answer(policies, more))
}

/// Adds a policy
///
/// It says of the members of a group that they may do an action, may not, or need the approval of other groups. In a
/// group the policy that names an action most closely decides. Among the groups of a person a denial comes first, then
/// an express permission, then the need for approval.
#[utoipa::path(
    post,
    path = "/approvals/policies",
    request_body = NewPolicy,
    responses((status = 201, body = Policy))
)]
async fn add_policy(
    State(approvals): State<Approvals>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewPolicy>,
) -> api_v2::Result<(StatusCode, Json<Policy>)> {
    let key = key.map(|key| RequestKey::new(key, &("POST /approvals/policies", &new))).transpose()?;
    Ok((StatusCode::CREATED, Json(approvals.db.write(&actor, AddPolicy { new, key }).await?)))
}

/// Shows a policy
#[utoipa::path(
    get,
    path = "/approvals/policies/{id}",
    params(("id" = i64, Path)),
    responses((status = 200, body = Policy))
)]
async fn get_policy(
    State(approvals): State<Approvals>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> api_v2::Result<Json<Policy>> {
    Ok(Json(approvals.policy(&actor, id).await?))
}

/// Replaces a policy
///
/// What waits already goes on waiting for those who were asked.
#[utoipa::path(
    put,
    path = "/approvals/policies/{id}",
    params(("id" = i64, Path)),
    request_body = NewPolicy,
    responses((status = 200, body = Policy))
)]
async fn change_policy(
    State(approvals): State<Approvals>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IdempotencyKey(key): IdempotencyKey,
    Json(new): Json<NewPolicy>,
) -> api_v2::Result<Json<Policy>> {
    let key = key.map(|key| RequestKey::new(key, &("PUT /approvals/policies", id, &new))).transpose()?;
    Ok(Json(approvals.db.write(&actor, ChangePolicy { id, new, key }).await?))
}

/// Deletes a policy
#[utoipa::path(delete, path = "/approvals/policies/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_policy(
    State(approvals): State<Approvals>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = key.map(|key| RequestKey::new(key, &("DELETE /approvals/policies", id))).transpose()?;
    approvals.db.write(&actor, DeletePolicy { id, key }).await?;
    Ok(StatusCode::NO_CONTENT)
}
