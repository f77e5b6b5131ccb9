//! One router and one OpenAPI 3.1 document of all families of endpoints.

use axum::{Router, http::StatusCode, routing::any};
use kernel::Error;
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, ContentBuilder, Header, Info, OpenApi, OpenApiBuilder, PathItem, Paths,
    Ref, RefOr, Response, ResponseBuilder, SecurityRequirement, Server,
    path::{Operation, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    tag::TagBuilder,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{FieldProblem, IdempotencyKey, Problem, dry_run, problem::MEDIA_TYPE};

/// The endpoints of a slice, with their documentation: made with `utoipa_axum::routes!`.
pub type Routes = OpenApiRouter;

/// Where API v2 begins.
pub const BASE: &str = "/api/v2";

/// Only operations with a body answer this.
const NO_JSON: StatusCode = StatusCode::UNSUPPORTED_MEDIA_TYPE;

/// Every operation may answer these, whether or not its own documentation says so.
const REFUSALS: [(StatusCode, &str, &str); 10] = [
    (StatusCode::BAD_REQUEST, "BadRequest", "The body is not JSON, or the request is malformed otherwise."),
    (StatusCode::UNAUTHORIZED, "Unauthenticated", "Nobody, or someone unknown, asked."),
    (StatusCode::FORBIDDEN, "Forbidden", "The caller sees the thing, but may not do this to it."),
    (StatusCode::NOT_FOUND, "NotFound", "There is no such thing, or the caller may not see it."),
    (StatusCode::CONFLICT, "Conflict", "The state of the thing does not allow it."),
    (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", "The request is larger than this server takes."),
    (NO_JSON, "NotJson", "The body does not say that it is JSON."),
    (StatusCode::UNPROCESSABLE_ENTITY, "Invalid", "Fields or parameters break a rule; each is named in `errors`."),
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal", "A fault of the server. It has been logged."),
    (StatusCode::SERVICE_UNAVAILABLE, "Busy", "Not now; the same request may succeed later."),
];

/// The router of all families, below [`BASE`], and the document that describes it. A family is the tag under which
/// its operations are found; it may come in several parts.
///
/// Fails when two families have one schema name for two shapes, of which the document could show only one. Within a
/// family nobody notices: there, types of the same name are to be told apart with `#[schema(as = ...)]`.
pub fn assemble(
    version: &str,
    families: impl IntoIterator<Item = (&'static str, Routes)>,
) -> kernel::Result<(Router, OpenApi)> {
    let mut document = blank(version);
    let mut router = Router::new();
    for (family, routes) in families {
        let (endpoints, mut described) = routes.split_for_parts();
        router = router.merge(endpoints);
        for item in described.paths.paths.values_mut() {
            for (writes, operation) in operations(item) {
                complete(operation, family, writes);
            }
        }
        if let Some(name) = clash(&document, &described) {
            return Err(Error::internal(format!(
                "two types share the schema name {name}; give the one of {family} another with #[schema(as = ...)]"
            )));
        }
        described.tags = Some(vec![TagBuilder::new().name(family).build()]);
        document.merge(described);
    }
    // An unknown path below the base is this door's to refuse; the fallback outside may be a page for people.
    let router = Router::new().route(&format!("{BASE}/"), any(nothing)).nest(BASE, router.fallback(nothing));
    Ok((router, document))
}

async fn nothing() -> Problem {
    Error::not_found("There is no such endpoint.").into()
}

/// The document without any endpoint.
fn blank(version: &str) -> OpenApi {
    let mut info = Info::new("Platbook API", version);
    info.description = Some("IP address management and provisioning: everything that Platbook does.".to_owned());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(BASE)]))
        .paths(Paths::new())
        .components(Some(components()))
        .security(Some(["basic", "bearer", "session"].map(|scheme| SecurityRequirement::new(scheme, [""; 0]))))
        .build()
}

fn components() -> Components {
    let key = ParameterBuilder::new()
        .name(IdempotencyKey::HEADER)
        .parameter_in(ParameterIn::Header)
        .description(Some("Any text that names this write. Sent again with the same key, it is not done again."))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(IdempotencyKey::LONGEST)),
        ));
    let [(dry_run_name, dry_run), (commit_name, commit)] = dry_run::parameters();
    REFUSALS
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (status, name, meaning)| {
            components.response(name, refusal(status, meaning))
        })
        .schema_from::<Problem>()
        .schema_from::<FieldProblem>()
        .schema_from::<dry_run::DryRun>()
        .parameter("IdempotencyKey", key.build())
        .parameter(dry_run_name, dry_run)
        .parameter(commit_name, commit)
        .security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)))
        .security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-platbook"))))
        .build()
}

fn refusal(status: StatusCode, meaning: &str) -> Response {
    let response = ResponseBuilder::new().description(meaning).content(MEDIA_TYPE, problem());
    match status {
        StatusCode::UNAUTHORIZED => response.header("WWW-Authenticate", Header::default()),
        StatusCode::SERVICE_UNAVAILABLE => response.header("Retry-After", Header::default()),
        _ => response,
    }
    .build()
}

/// What every operation has in common.
fn complete(operation: &mut Operation, family: &str, writes: bool) {
    operation.tags = Some(vec![family.to_owned()]);
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            complete_response(status, response);
        }
    }
    let has_body = operation.request_body.is_some();
    for (status, name, _) in REFUSALS.into_iter().filter(|(status, ..)| has_body || *status != NO_JSON) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.as_str().to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
    }
    if writes {
        let parameters = ["IdempotencyKey", "DryRun", "Commit"]
            .map(|name| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}"))));
        operation.parameters.get_or_insert_default().extend(parameters);
        let waits = operation.responses.responses.entry(StatusCode::ACCEPTED.as_str().to_owned());
        let what = "It waits until others approve it. The answer is what `/approvals/pending` lists.";
        waits.or_insert_with(|| RefOr::T(ResponseBuilder::new().description(what).build()));
        let shown = operation.responses.responses.entry(StatusCode::OK.as_str().to_owned());
        let shown = shown.or_insert_with(|| RefOr::T(ResponseBuilder::new().description("What would be done").build()));
        if let RefOr::T(response) = shown {
            response.content.insert(dry_run::MEDIA_TYPE.to_owned(), RefOr::T(dry_run::content()));
        }
    }
}

/// OpenAPI wants a description of every response; and a refusal has one form, whether its author says so or not.
fn complete_response(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let name = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason());
        name.unwrap_or(status).clone_into(&mut response.description);
    }
    if status.starts_with(['4', '5']) && response.content.is_empty() {
        response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(problem()));
    }
}

fn problem() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

/// The operations of a path, and whether each of them writes.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let reads = [&mut item.get, &mut item.head].map(|operation| (false, operation));
    let writes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].map(|operation| (true, operation));
    reads.into_iter().chain(writes).filter_map(|(writes, operation)| Some((writes, operation.as_mut()?)))
}

/// The name that both documents give to different schemas.
fn clash<'a>(ours: &OpenApi, theirs: &'a OpenApi) -> Option<&'a String> {
    let ours = &ours.components.as_ref()?.schemas;
    let mut theirs = theirs.components.as_ref()?.schemas.iter();
    theirs.find(|(name, schema)| ours.get(*name).is_some_and(|other| other != *schema)).map(|(name, _)| name)
}
