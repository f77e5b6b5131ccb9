//! `/resource_views` of API v2.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Routes};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use indexmap::IndexMap;
use kernel::{Actor, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    change::{AddView, ChangeView, DeleteView},
    model::{View, ViewInput},
    read::{get, page},
};
use crate::{
    Resources,
    resource::{
        self, ResourceQuery,
        api::{export, request_key},
        column::{self, Column},
        export::Export,
    },
};

/// The operations.
pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_views, add_view))
        .routes(routes!(get_view, change_view, replace_view, delete_view))
        .routes(routes!(list_view_resources))
        .with_state(resources.clone())
}

/// Lists the views that the caller may see
///
/// Their own and those that are shared, by name; administrators see all.
#[utoipa::path(get, path = "/resource_views", params(PageQuery), responses((status = 200, body = [View])))]
async fn list_views(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<View>> {
    let (rows, more) = page(&mut resources.db.read(&actor).await?, paged.page).await?;
    let views = rows.into_iter().map(View::try_from).collect::<Result<Vec<_>>>()?;
    Ok(paged.answer(views, more))
}

/// Makes a view
///
/// It belongs to the caller, who alone sees it unless it is shared.
#[utoipa::path(post, path = "/resource_views", request_body = ViewInput, responses((status = 201, body = View)))]
async fn add_view(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<ViewInput>,
) -> api_v2::Result<(StatusCode, Json<View>)> {
    let key = request_key(key, "POST /resource_views", &input)?;
    Ok((StatusCode::CREATED, Json(resources.db.write(&actor, AddView { input, key }).await?)))
}

/// Shows a view
#[utoipa::path(get, path = "/resource_views/{id}", params(("id" = i64, Path)), responses((status = 200, body = View)))]
async fn get_view(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> api_v2::Result<Json<View>> {
    Ok(Json(get(&mut resources.db.read(&actor).await?, id).await?.try_into()?))
}

/// Changes a view
///
/// What is not given stays. For its owner and administrators.
#[utoipa::path(patch, path = "/resource_views/{id}", params(("id" = i64, Path)), request_body = ViewInput,
    responses((status = 200, body = View)))]
async fn change_view(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<ViewInput>,
) -> api_v2::Result<Json<View>> {
    let key = request_key(key, &format!("PATCH /resource_views/{id}"), &input)?;
    Ok(Json(resources.db.write(&actor, ChangeView { id, input, whole: false, key }).await?))
}

/// Replaces a view
///
/// Takes `name`; what else is not given goes away. For its owner and administrators.
#[utoipa::path(put, path = "/resource_views/{id}", params(("id" = i64, Path)), request_body = ViewInput,
    responses((status = 200, body = View)))]
async fn replace_view(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<ViewInput>,
) -> api_v2::Result<Json<View>> {
    let key = request_key(key, &format!("PUT /resource_views/{id}"), &input)?;
    Ok(Json(resources.db.write(&actor, ChangeView { id, input, whole: true, key }).await?))
}

/// Deletes a view
///
/// What it shows stays. For its owner and administrators.
#[utoipa::path(delete, path = "/resource_views/{id}", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete_view(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = request_key(key, &format!("DELETE /resource_views/{id}"), &())?;
    resources.db.write(&actor, DeleteView { id, key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a view is read
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ViewQuery {
    /// `csv`: a table of all that fits, instead of a part of it in JSON.
    export: Option<String>,
    /// Each of the view's own parameters, by its name.
    #[serde(flatten)]
    #[param(value_type = Option<std::collections::HashMap<String, String>>, style = Form, explode)]
    parameters: IndexMap<String, String>,
}

/// A resource as a view shows it
#[derive(Debug, Serialize, ToSchema)]
struct ViewedResource {
    /// Its id.
    id: String,
    /// What stands in each column of the view: a text, a list where an attribute has several values, or `null`.
    #[schema(value_type = std::collections::HashMap<String, Option<String>>)]
    values: IndexMap<String, Value>,
}

/// Lists what a view shows
///
/// Those that the caller may read. Besides the parameters of every list it takes those of the view.
#[utoipa::path(get, path = "/resource_views/{id}/resources", params(("id" = i64, Path), ViewQuery, PageQuery),
    responses((status = 200, content(([ViewedResource] = "application/json"), (String = "text/csv")))))]
async fn list_view_resources(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    paged: Paged<ViewQuery>,
) -> api_v2::Result<Response> {
    let view: View = get(&mut resources.db.read(&actor).await?, id).await?.try_into()?;
    let query = view.definition.asked(&paged.query.parameters)?;
    let columns = view.definition.table()?;
    if export::is_wanted(paged.query.export.as_deref(), paged.page)? {
        let export = Export::new(resources.db.clone(), actor, query, columns);
        return Ok(export::answer(export).await?);
    }
    let query = ResourceQuery { offset: paged.page.offset, limit: Some(paged.page.limit), ..query };
    let (rows, more) = viewed(&resources, &actor, &query, &columns).await?;
    Ok(paged.answer(rows, more).into_response())
}

async fn viewed(
    resources: &Resources,
    actor: &Actor,
    query: &ResourceQuery,
    columns: &[Column],
) -> Result<(Vec<ViewedResource>, bool), Error> {
    let mut tx = resources.db.read(actor).await?;
    let (found, more) = resource::page(&mut tx, query).await?;
    let rows = column::rows(&mut tx, found, columns).await?;
    let value = |mut values: Vec<String>| match values.len() {
        0 | 1 => values.pop().into(),
        _ => values.into(),
    };
    let row = |row: column::Row| ViewedResource {
        id: row.resource.id.to_string(),
        values: columns.iter().map(|column| (column.to_string(), value(row.values(column)))).collect(),
    };
    Ok((rows.into_iter().map(row).collect(), more))
}
