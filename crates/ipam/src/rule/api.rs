//! Rules in API v2, below `/ipam/rules`.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Result, Routes};
use axum::{extract::State, http::StatusCode};
use kernel::RuleId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    add::AddRule,
    change::ChangeRule,
    delete::DeleteRule,
    model::{IpamRule, NewRule, RulePatch},
    read,
};
use crate::{
    Ipam,
    block::{BlockView, Held, Netblock, api::key},
};

/// The operations on rules.
pub(crate) fn routes(ipam: &Ipam) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_rules, add_rule))
        .routes(routes!(get_rule, update_rule, delete_rule))
        .routes(routes!(list_rule_users))
        .with_state(ipam.clone())
}

/// List the rules
#[utoipa::path(get, path = "/ipam/rules", tag = "IPAM", params(PageQuery),
    responses((status = 200, body = [IpamRule])))]
async fn list_rules(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    paged: Paged<NoFilter>,
) -> Result<Listed<IpamRule>> {
    let mut tx = ipam.db.read(&actor).await?;
    let (rules, more) = read::list(&mut tx, paged.page).await?;
    Ok(paged.answer(rules.into_iter().map(IpamRule::from).collect(), more))
}

/// Add a rule
///
/// A rule names positions that are kept back in each block that carries it (`rule_id`): no smart or direct assign gives
/// away a part of the block that holds one of them. The whole block may be given away. Only an administrator may add rules.
#[utoipa::path(post, path = "/ipam/rules", tag = "IPAM", request_body = NewRule,
    responses((status = 201, body = IpamRule)))]
async fn add_rule(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    once: IdempotencyKey,
    Json(new): Json<NewRule>,
) -> Result<(StatusCode, Json<IpamRule>)> {
    let key = key(once, &("add_rule", &new))?;
    let rule = ipam.db.write(&actor, AddRule { new, key }).await?;
    Ok((StatusCode::CREATED, Json(rule.into())))
}

/// Get a rule
#[utoipa::path(get, path = "/ipam/rules/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 200, body = IpamRule)))]
async fn get_rule(State(ipam): State<Ipam>, Caller(actor): Caller, Path(id): Path<i64>) -> Result<Json<IpamRule>> {
    let mut tx = ipam.db.read(&actor).await?;
    Ok(Json(read::load(&mut tx, RuleId(id)).await?.into()))
}

/// Change a rule
///
/// When its positions change, the blocks that carry it follow, at most 10,000 of them. What has been given away stays.
#[utoipa::path(patch, path = "/ipam/rules/{id}", tag = "IPAM", request_body = RulePatch,
    params(("id" = i64, Path, description = "Its id")), responses((status = 200, body = IpamRule)))]
async fn update_rule(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
    Json(patch): Json<RulePatch>,
) -> Result<Json<IpamRule>> {
    let key = key(once, &("update_rule", id, &patch))?;
    Ok(Json(ipam.db.write(&actor, ChangeRule { id: RuleId(id), patch, key }).await?.into()))
}

/// Delete a rule
///
/// Refused while a block carries it.
#[utoipa::path(delete, path = "/ipam/rules/{id}", tag = "IPAM", params(("id" = i64, Path, description = "Its id")),
    responses((status = 204)))]
async fn delete_rule(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    once: IdempotencyKey,
) -> Result<StatusCode> {
    let key = key(once, &("delete_rule", id))?;
    ipam.db.write(&actor, DeleteRule { id: RuleId(id), key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the blocks that carry a rule
///
/// In address order; those that the caller may see. A page may have fewer than were asked for, and still there are more.
#[utoipa::path(get, path = "/ipam/rules/{id}/users", tag = "IPAM",
    params(("id" = i64, Path, description = "Its id"), PageQuery), responses((status = 200, body = [Netblock])))]
async fn list_rule_users(
    State(ipam): State<Ipam>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    paged: Paged<NoFilter>,
) -> Result<Listed<Netblock>> {
    let mut tx = ipam.db.read(&actor).await?;
    let rule = read::load(&mut tx, RuleId(id)).await?;
    let (blocks, more) = read::carriers(&mut tx, rule.id, paged.page).await?;
    let seen = Held::visible(&mut tx, blocks).await?.into_iter().map(|held| held.block).collect();
    let views = BlockView::all(&mut tx, seen).await?;
    Ok(paged.answer(views.into_iter().map(Netblock::from).collect(), more))
}
