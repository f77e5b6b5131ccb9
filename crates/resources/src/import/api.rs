//! Imports of entries in API v2.

use api_v2::{Caller, IdempotencyKey, Json, Query, Result, Routes};
use axum::{
    body::Body,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use kernel::{Action, Actor, Area, Error, JobId, ResourceId, Rights};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, job::NewJob};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{PIECES, Request, job::KIND};
use crate::{
    Resources,
    resource::{SectionRef, api::request_key, get, rule},
    section,
};

/// The largest file: 128 MiB.
const LARGEST: usize = 128 << 20;

/// The operations.
pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(import_entries))
        .layer(DefaultBodyLimit::disable())
        .with_state(resources.clone())
}

/// What the entries are, and what is done with the file
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// The slug of the section of which they are entries. Give this or `section_id`.
    section: Option<String>,
    /// The id of the section.
    section_id: Option<i64>,
    /// The resource above the entries that name none; the top-level resource when nothing is said.
    parent_id: Option<i64>,
    /// The category of the entries that name none.
    category_id: Option<i64>,
    /// What a column of the file holds, where its title does not say so: `TITLE=COLUMN`, or `TITLE=` to leave it out.
    #[serde(default)]
    map: Vec<String>,
}

/// The job that does it
#[derive(Debug, Serialize, ToSchema)]
struct ImportStarted {
    /// To be followed at `/jobs/{id}`.
    #[schema(value_type = i64)]
    id: JobId,
}

/// Import the entries of a section
///
/// The body is a file of comma-separated values in UTF-8 (RFC 4180), of at most 200,000 entries. Its first line names
/// the columns: `name`, `slug`, `custom_id`, `parent_id` or `parent` (a slug), `category_id` or `category` (a slug),
/// and the fields of the section by slug or name. It is taken in, and then read by a job: everything that is wrong is
/// reported with its line and column, and only if nothing is are the entries added, all at once. The result of the job
/// holds `entries`, `added`, `columns` (what each column was taken for), `error_count` and `errors`.
#[utoipa::path(post, path = "/resources/imports", params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The file"),
    responses((status = 202, body = ImportStarted)))]
async fn import_entries(
    State(resources): State<Resources>,
    Caller(mut actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<(StatusCode, Json<ImportStarted>)> {
    let dry_run = actor.takes_over_rehearsal();
    let key = request_key(key, "POST /resources/imports", &(&query, dry_run))?;
    let request = Request { dry_run, ..checked(&resources, &actor, &query).await? };
    let upload = PIECES.keep(&resources.db, &actor, body.into_data_stream(), LARGEST).await?;
    let start = StartImport { request: Request { upload: upload.clone(), ..request }, key };
    let (id, is_new) = resources.db.write(&actor, start).await?;
    if !is_new {
        PIECES.forget(&resources.db, &actor, &upload).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(ImportStarted { id })))
}

/// Refuses what can be refused before the file is there.
async fn checked(resources: &Resources, actor: &Actor, query: &ImportQuery) -> kernel::Result<Request> {
    let wanted = match (&query.section, query.section_id) {
        (Some(slug), None) => SectionRef::Slug(slug.clone()),
        (None, Some(id)) => SectionRef::Id(ResourceId(id)),
        _ => return Err(Error::invalid("section", "give either section or section_id")),
    };
    let mut map = Vec::new();
    for pair in &query.map {
        let Some((title, column)) = pair.rsplit_once('=') else {
            return Err(Error::invalid("map", "must be TITLE=COLUMN, or TITLE= to leave a column out"));
        };
        map.push((title.trim().to_owned(), column.trim().to_owned()));
    }
    let create = Rights::of(Area::Resource, Action::Create);
    let anywhere = |rights: &Rights| rights.has(create) || rights.has(Rights::ADMIN);
    if !actor.grants.groups().flat_map(std::collections::HashMap::values).any(anywhere) {
        return Err(Error::forbidden("You need permissionResourceCreate on some resource to import entries."));
    }
    let mut tx = resources.db.read(actor).await?;
    let section = rule::section(&mut tx, section::ENTRY, Some(&wanted)).await?;
    let section = section.ok_or_else(|| Error::internal("a section was found that has no id"))?;
    get(&mut tx, section).await?.allow(actor, Area::Resource, Action::Read)?;
    let parent = query.parent_id.map(ResourceId);
    if let Some(parent) = parent {
        let parent = get(&mut tx, parent).await.map_err(rule::in_parent)?;
        parent.allow(actor, Area::Resource, Action::Create).map_err(rule::in_parent)?;
    }
    let category = query.category_id.map(ResourceId);
    if let Some(category) = category {
        rule::category(&mut tx, category).await?;
    }
    Ok(Request { upload: String::new(), section, parent, category, map, dry_run: false })
}

struct StartImport {
    request: Request,
    key: Option<RequestKey>,
}

impl Work for StartImport {
    /// The job, and whether this has started it.
    type Out = (JobId, bool);
    const NAME: &'static str = "resource.start_import";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<(JobId, bool)> {
        if let Some(id) = tx.answered(self.key.as_ref()).await? {
            return Ok((id, false));
        }
        let payload = serde_json::to_value(&self.request).map_err(Error::internal)?;
        let id = tx.enqueue(NewJob { kind: KIND, payload, key: None, run_at: None, most_attempts: 3 }).await?;
        tx.remember(self.key.as_ref(), &id).await?;
        Ok((id, true))
    }
}
