//! The HTTP server: all doors under one roof.

mod headers;
mod health;
mod layers;
mod listener;
mod metrics;
mod refusals;
mod whois;
mod wire;

use std::time::Duration;

use access::{Peer, TransportPolicy};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware::{from_fn, map_request},
    response::Redirect,
    routing::get,
};
use registry::{Client, Publication};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate as _, SizeAbove},
    },
    timeout::TimeoutLayer,
};

pub(crate) use listener::{Listener, Transport};
pub(crate) use metrics::upkeep;
pub(crate) use refusals::Refusals;
pub(crate) use whois::Whois;

use crate::modules::Modules;

/// The largest body of an ordinary request; imports have a limit of their own.
const LARGEST_BODY: usize = 4 << 20;
/// The longest that a request may take; uploads are what takes longest.
const LONGEST: Duration = Duration::from_mins(10);
/// Answers that are smaller are not worth compressing.
const COMPRESSED_FROM: u64 = 2048;
/// Where people look at the API.
const SWAGGER: &str = "/dev/swagger/";
const NOTHING: &str =
    "There is nothing here. API v2 is at /api/v2, API v1 at /api/v1/api.php; /dev/swagger/ shows them.\n";

/// All doors, and the document of API v2. `strict` tells browsers to come over TLS from now on.
pub(crate) fn router(
    modules: &Modules,
    strict: bool,
    refusals: Refusals,
    publication: Option<&Publication>,
) -> anyhow::Result<Router> {
    let (v2, document) = api_v2::assemble(env!("CARGO_PKG_VERSION"), modules.v2())?;
    let doors = v2.merge(api_v1::router(modules.v1())).merge(api_v2::swagger(&document));
    let gate = modules.approvals.gate(&doors.clone().layer(DefaultBodyLimit::max(LARGEST_BODY)));
    let doors = doors.layer(api_v2::dry_runs(&modules.request_key)).layer(gate);
    let doors = doors.layer(access::recognise(&modules.access, TransportPolicy { allow_plain: false }));
    let mut open = health::router(&modules.db)
        .merge(metrics::router(&modules.db)?)
        .route("/", get(|| async { Redirect::to(SWAGGER) }));
    if let Some(publication) = publication {
        open = open.nest("/rdap", publication.router().layer(map_request(client)));
    }
    let compression =
        CompressionLayer::new().compress_when(SizeAbove::new(COMPRESSED_FROM).and(NotForContentType::IMAGES));
    // From the outside in, and as one layer: the router boxes what each of its layers makes, for every request.
    let around = (
        layers::observe(strict, modules.access.clone(), refusals),
        from_fn(api_v2::problems),
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST),
        DefaultBodyLimit::max(LARGEST_BODY),
        compression,
        CatchPanicLayer::new(),
    );
    let router = doors.merge(open).fallback(|| async { (StatusCode::NOT_FOUND, NOTHING) }).layer(around);
    Ok(api_v2::with_cidr_paths(router))
}

/// Tells the publication where a request comes from.
async fn client(mut request: Request) -> Request {
    if let Some(Peer { address, .. }) = request.extensions().get::<Peer>().copied() {
        request.extensions_mut().insert(Client(address));
    }
    request
}

/// The document of API v2, without a server.
pub(crate) fn document(modules: &Modules) -> anyhow::Result<String> {
    let (_, document) = api_v2::assemble(env!("CARGO_PKG_VERSION"), modules.v2())?;
    Ok(document.to_pretty_json()?)
}
