//! The change log in API v2: who did what, and when. For administrators, since it shows all things to whoever reads it.

mod kind;
mod retention;

use std::net::IpAddr;

use api_v2::{Caller, Json, PageQuery, Query, Result, Routes, table};
use axum::{
    extract::{OriginalUri, State},
    http::{
        HeaderMap,
        header::{ACCEPT, LINK},
    },
    response::{IntoResponse, Response},
};
use kernel::{ChangeId, Error, FieldErrors, Page, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Change, ChangeFilter, Changes, Db, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::kind::{Kind, Wanted};

/// The longest text that can be searched for.
const LONGEST: usize = 200;
/// How many blocks an address may mean.
const MOST_BLOCKS: u32 = 50;

/// The operations.
pub(crate) fn routes(db: &Db) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_log))
        .routes(routes!(retention::get_retention, retention::set_retention))
        .with_state(db.clone())
}

/// Which entries
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LogQuery {
    /// A text in the name of the actor, the request, the operation or the changes, in any case; or an address or a block,
    /// which means the changes of this block and of those around it.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Who did it, by the exact name.
    actor: Option<String>,
    /// By which operation: `block.split`, or `block` for all that begin with it.
    operation: Option<String>,
    /// Of these levels, separated by commas: `Emergency`, `Alert`, `Critical`, `Error`, `Warning`, `Notice`, `Info`, `Debug`.
    level: Option<String>,
    /// Of these categories, separated by commas: `System`, `API`, `Assistant`, `Device`, `DHCP`, `DNS`, `IPAM`, `NTP`,
    /// `Peering`, `Reporting`, `Resource Linkage`, `Resource Holder`, `Resource`, `User`, `VLAN`.
    category: Option<String>,
    /// Not before this time, RFC 3339.
    #[param(example = "2026-01-31T08:00:00Z")]
    after: Option<String>,
    /// Before this time, RFC 3339.
    before: Option<String>,
    /// Only entries that come behind the one with this id; the `Link` to the next part says which.
    behind: Option<i64>,
    /// How many to return at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// `json` or `csv`; without it, what the Accept header asks for.
    format: Option<String>,
}

/// An entry of the change log
#[derive(Debug, Serialize, ToSchema)]
struct LogEntry {
    /// Its id.
    id: i64,
    /// When it happened.
    at: String,
    /// How grave it is: `Info`, `Notice`, `Warning`, ...
    #[schema(example = "Info")]
    level: &'static str,
    /// What it is about: `Resource`, `IPAM`, `User`, ...
    #[schema(example = "IPAM")]
    category: String,
    /// Who did it.
    actor: String,
    /// In which request.
    request: String,
    /// By which operation.
    #[schema(example = "block.split")]
    operation: String,
    /// What happened, where nothing changed: a refused request, a job that failed, a secret that was decoded.
    text: Option<String>,
    /// What changed: `[table, id, before, after]` for each thing.
    #[schema(value_type = Vec<Object>)]
    changes: serde_json::Value,
}

impl From<Change> for LogEntry {
    fn from(change: Change) -> Self {
        let Kind { level, category, text } = Kind::of(&change);
        let Change { id, at, actor, request, operation, items } = change;
        let changes = if text.is_some() { serde_json::json!([]) } else { items };
        Self { id: id.0, at: at.to_string(), level: level.name(), category, actor, request, operation, text, changes }
    }
}

/// Read the change log
///
/// Newest first. Each request looks at 20,000 entries at the most: there is more as long as there is a `Link`, even
/// when fewer entries came than were asked for.
#[utoipa::path(get, path = "/log", params(LogQuery), responses(
    (status = 200, content((Vec<LogEntry> = "application/json"), (String = "text/csv")))))]
async fn list_log(
    State(db): State<Db>,
    Caller(actor): Caller,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(query): Query<LogQuery>,
) -> Result<Response> {
    retention::administrator(&actor)?;
    let accepts_csv =
        headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.starts_with("text/csv"));
    let (mut filter, wanted, limit, csv) = query.checked(accepts_csv)?;
    let mut tx = db.read(&actor).await?;
    if let Some(text) = &filter.search {
        filter.or_search = blocks_meant(&mut tx, text).await?;
    }
    let Changes { entries, next } = tx.changes_where(&filter, limit, |entry| wanted.fits(&Kind::of(entry))).await?;
    let entries: Vec<LogEntry> = entries.into_iter().map(Into::into).collect();
    let mut response = if csv { table::file("log.csv", rows(&entries)?) } else { Json(entries).into_response() };
    if let Some(ChangeId(next)) = next {
        let pairs = uri.query().unwrap_or_default().split('&');
        let kept = pairs.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("behind"));
        let place = format!("behind={next}");
        let query: Vec<&str> = kept.chain([place.as_str()]).collect();
        let link = format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"));
        response.headers_mut().insert(LINK, link.try_into().map_err(Error::internal)?);
    }
    Ok(response)
}

/// How the changes name the blocks that an address or a range means: by id, or by the bytes of its first address. A
/// change of a block does not say again where it is.
async fn blocks_meant(tx: &mut Tx, text: &str) -> kernel::Result<Vec<String>> {
    let Some(Ok(address)) = text.trim().split('/').next().map(str::parse::<IpAddr>) else { return Ok(Vec::new()) };
    let bits = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let digits = format!("{bits:032x}");
    let mut forms = vec![format!("\"first\":\"{digits}\"")];
    let blocks = ipam::search(tx, text.trim(), MOST_BLOCKS).await?;
    forms.extend(blocks.into_iter().map(|block| format!("[\"block\",{},", block.id)));
    Ok(forms)
}

impl LogQuery {
    /// What is wanted, how many, and whether as CSV.
    fn checked(self, accepts_csv: bool) -> kernel::Result<(ChangeFilter, Wanted, usize, bool)> {
        let mut errors = FieldErrors::default();
        let mut time = |field, text: Option<String>| {
            let at = text.as_deref().map(Timestamp::from_rfc3339);
            if at == Some(None) {
                errors.push(field, "must be a time such as 2026-01-31T08:00:00Z (RFC 3339)");
            }
            at.flatten()
        };
        let (after, before) = (time("after", self.after), time("before", self.before));
        let limit = self.limit.unwrap_or(Page::USUAL);
        if !(1..=PageQuery::MOST).contains(&limit) {
            errors.push("limit", format!("must be 1 to {}", PageQuery::MOST));
        }
        if self.search.as_ref().is_some_and(|search| search.len() > LONGEST) {
            errors.push("search", format!("must have at most {LONGEST} bytes"));
        }
        let csv = match self.format.as_deref() {
            None => accepts_csv,
            Some("csv") => true,
            Some("json") => false,
            Some(_) => {
                errors.push("format", "must be json or csv");
                false
            }
        };
        errors.into_result()?;
        let wanted = Wanted::parse(self.level.as_deref(), self.category.as_deref())?;
        let behind = self.behind.map(ChangeId);
        let (actor, operation, search) = (self.actor, self.operation, self.search);
        let filter = ChangeFilter { actor, operation, search, or_search: Vec::new(), after, before, behind };
        Ok((filter, wanted, limit as usize, csv))
    }
}

fn rows(entries: &[LogEntry]) -> kernel::Result<Vec<u8>> {
    let titles =
        ["id", "at", "level", "category", "actor", "request", "operation", "text", "changes"].map(str::to_owned);
    let row = |LogEntry { id, at, level, category, actor, request, operation, text, changes }: &LogEntry| {
        let (id, text, changes) = (id.to_string(), text.as_deref().unwrap_or_default(), changes.to_string());
        [&id, at, *level, category, actor, request, operation, text, &changes].map(str::to_owned)
    };
    table::rows([titles].into_iter().chain(entries.iter().map(row)))
}
