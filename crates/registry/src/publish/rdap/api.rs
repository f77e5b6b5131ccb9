//! The service itself (RFC 7480, RFC 9082).

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Asn, Prefix, Result};
use serde_json::Value;

use super::{MEDIA_TYPE, autnum, domain, fault, help, holder, network};
use crate::publish::{
    Publication,
    found::{self, reading},
    reverse,
};

/// Where a request comes from: left in the request's extensions by whoever accepts connections.
#[derive(Debug, Clone, Copy)]
pub struct Client(
    /// The address.
    pub IpAddr,
);

/// The longest question that is read, in bytes.
const LONGEST: usize = 300;

impl Publication {
    /// The RDAP service, to be put at `/rdap`.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

/// What becomes of a question.
enum Outcome {
    Found(Value),
    NotFound,
    Wrong(&'static str),
    NotOffered,
}

async fn answer(State(publication): State<Publication>, request: Request) -> Response {
    let client = request.extensions().get::<Client>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0);
    if let Err(seconds) = publication.ask(client) {
        let why = format!("You ask too much; ask again in {seconds} seconds.");
        let mut response = respond(429, &fault(429, "Too many requests", &why));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return respond(405, &fault(405, "Method not allowed", "Only GET and HEAD are."));
    }
    if !accepts(request.headers()) {
        return respond(406, &fault(406, "Not acceptable", "Only application/rdap+json is answered."));
    }
    let (status, body) = match outcome(&publication, request.uri().path()).await {
        Ok(Outcome::Found(body)) => (200, body),
        Ok(Outcome::NotFound) => (404, fault(404, "Not found", "Nothing is known here of what was asked for.")),
        Ok(Outcome::Wrong(why)) => (400, fault(400, "Bad request", why)),
        Ok(Outcome::NotOffered) => (501, fault(501, "Not implemented", "This is not offered here; help says what is.")),
        Err(_) => (500, fault(500, "Internal server error", "Something went wrong on the server.")),
    };
    respond(status, &body)
}

async fn outcome(publication: &Publication, path: &str) -> Result<Outcome> {
    if path.len() > LONGEST {
        return Ok(Outcome::Wrong("This is too long."));
    }
    let mut segments = Vec::new();
    for segment in path.trim_matches('/').split('/') {
        match decoded(segment) {
            Some(segment) => segments.push(segment),
            None => return Ok(Outcome::Wrong("This is no text of UTF-8.")),
        }
    }
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (kind, rest) = segments.split_first().map_or(("", &[][..]), |(kind, rest)| (*kind, rest));
    let (base, db) = (&*publication.base, &publication.registry.db);
    let found = match (kind, rest) {
        ("help", []) => Some(help(base)),
        ("ip", [range] | [range, _]) => {
            let range = if let [address, length] = rest { format!("{address}/{length}") } else { (*range).to_owned() };
            let Ok(range) = range.parse::<Prefix>() else {
                return Ok(Outcome::Wrong("This is no address and no prefix, such as 192.0.2.0/24."));
            };
            let mut tx = reading(db).await?;
            found::network(&mut tx, range).await?.map(|found| network(base, &found))
        }
        ("autnum", [number]) => {
            let number = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse::<u32>().ok()).flatten();
            let Some(number) = number else { return Ok(Outcome::Wrong("This is no AS number, such as 64496.")) };
            let mut tx = reading(db).await?;
            found::autnum(&mut tx, Asn(number)).await?.map(|found| autnum(base, &found))
        }
        ("entity", [handle]) if !handle.is_empty() => {
            let mut tx = reading(db).await?;
            found::holder(&mut tx, handle).await?.map(|found| holder(base, &found))
        }
        ("domain", [name]) => {
            let Some(range) = reverse::prefix(name) else { return Ok(Outcome::NotFound) };
            let mut tx = reading(db).await?;
            found::network(&mut tx, range).await?.map(|found| domain(base, name, &found))
        }
        ("nameserver", [_]) | ("domains" | "nameservers" | "entities" | "ips" | "autnums", _) => {
            return Ok(Outcome::NotOffered);
        }
        ("ip" | "autnum" | "entity" | "domain" | "nameserver", _) => {
            return Ok(Outcome::Wrong("What is asked for is missing, or there is too much of it."));
        }
        _ => return Ok(Outcome::Wrong("This can't be asked; help says what can.")),
    };
    Ok(found.map_or(Outcome::NotFound, Outcome::Found))
}

/// A segment of a path without its escapes.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether the client takes what is answered; one that says nothing takes everything.
fn accepts(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(header::ACCEPT) else { return true };
    let accept = accept.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
    kinds.any(|kind| matches!(kind, MEDIA_TYPE | "application/json" | "application/*" | "*/*"))
        || accept.contains("text/html")
}

/// The answer, which a script of any page may read (RFC 7480, 5.6).
fn respond(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (status, headers, body.to_string()).into_response()
}
