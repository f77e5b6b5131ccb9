//! What is said to calls: the key is looked at, the fault that was planned happens, and the rest is done in the books.

use std::net::IpAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use kernel::Prefix;
use serde_json::json;
use tokio::net::TcpListener;

use super::{
    Fault, Shared, State, answer,
    books::{Books, Deed, Net, Refusal, Ticket},
    lock, payload,
};

/// A connection that is cut.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut")
    }
}

impl std::error::Error for Cut {}

pub(super) async fn serve(listener: TcpListener, state: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(state.clone(), request));
            // A connection that is cut on purpose ends with an error.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Answer = Response<Full<Bytes>>;

async fn answer(state: Shared, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
    let writes = parts.method != Method::GET;
    let fault = {
        let mut state = lock(&state);
        state.calls.push(format!("{} {path}", parts.method));
        let faults = if writes { &mut state.faults } else { &mut state.reading };
        faults.pop_front().unwrap_or(Fault::None)
    };
    match fault {
        Fault::LostBefore => return Err(Cut),
        Fault::Outage => return Ok(refused(&Refusal::new(503, "E_OUTAGE", "The service is not available."))),
        Fault::TooMany => return Ok(refused(&Refusal::new(429, "E_BAD_REQUEST", "Too many requests."))),
        _ => {}
    }
    if let Some(path) = path.strip_prefix("/registry/") {
        return Ok(directory(&state, path, &query, &parts.headers));
    }
    let Some(path) = path.strip_prefix("/rest/") else {
        return Ok(refused(&Refusal::new(404, "E_BAD_REQUEST", "There is nothing here.")));
    };
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let Err(refusal) = admit(&lock(&state).key, &query, &parts.headers, &parts.method) {
        return Ok(refused(&refusal));
    }
    if !writes {
        return Ok(read(&lock(&state), &segments).unwrap_or_else(|refusal| refused(&refusal)));
    }
    let deed = deed(&lock(&state).books, &parts.method, &segments, &body);
    let deed = match deed {
        Ok(deed) => deed,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    match fault {
        Fault::Ticket if matches!(deed, Deed::AddNet(_) | Deed::RemoveNet(_)) => Ok(ticket(&mut lock(&state), deed)),
        Fault::Late(wait) => {
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let mut state = lock(&state);
                if state.books.still_fits(&deed) {
                    state.books.act(deed);
                }
            });
            std::future::pending().await
        }
        fault => {
            let done = act(&mut lock(&state).books, deed);
            match fault {
                Fault::LostAfter => Err(Cut),
                Fault::FailsAfter => Ok(refused(&Refusal::new(500, "E_UNSPECIFIED", "An error occurred."))),
                Fault::Garbled => Ok(xml(StatusCode::OK, "<net><handle>NET-".to_owned())),
                _ => Ok(xml(StatusCode::OK, done)),
            }
        }
    }
}

/// The key, in the header or the query, and the media types.
fn admit(key: &str, query: &str, headers: &hyper::HeaderMap, method: &Method) -> Result<(), Refusal> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let in_header = header(header::AUTHORIZATION).strip_prefix("ApiKey ");
    let in_query = query.split('&').find_map(|pair| pair.strip_prefix("apikey="));
    if in_header.or(in_query) != Some(key) {
        return Err(Refusal::new(401, "E_AUTHENTICATION", "Your API key was not recognised."));
    }
    if !header(header::ACCEPT).split(',').any(|kind| matches!(kind.trim(), "application/xml" | "*/*")) {
        return Err(Refusal::new(406, "E_BAD_REQUEST", "Only application/xml is answered."));
    }
    let kind = header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if (*method == Method::PUT || *method == Method::POST) && kind != "application/xml" {
        return Err(Refusal::new(415, "E_BAD_REQUEST", "Only application/xml is taken."));
    }
    Ok(())
}

fn read(state: &State, path: &[&str]) -> Result<Answer, Refusal> {
    let books = &state.books;
    let net = |found: (&String, &Net)| xml(StatusCode::OK, answer::document("net", &answer::net(found.0, found.1)));
    match path {
        ["net", "mostSpecificNet", first, last] => {
            let range = range(first, last)?;
            books.most_specific(range).map(net).ok_or_else(|| Refusal::absent("net"))
        }
        ["net", handle] => books.net(handle).map(net),
        ["customer", handle] => {
            let (handle, customer) = books.customer(handle)?;
            Ok(xml(StatusCode::OK, answer::document("customer", &answer::customer(handle, customer))))
        }
        ["org", handle] if books.orgs.iter().any(|known| known == handle) => {
            Ok(xml(StatusCode::OK, answer::document("org", &format!("<handle>{handle}</handle>"))))
        }
        ["org", _] => Err(Refusal::absent("org")),
        ["ticket", number] | ["ticket", number, "summary"] => {
            let ticket = books.tickets.get(*number).ok_or_else(|| Refusal::absent("ticket"))?;
            Ok(xml(StatusCode::OK, answer::document("ticket", &answer::ticket(number, ticket))))
        }
        _ => Err(Refusal::new(404, "E_BAD_REQUEST", "There is no such call.")),
    }
}

fn range(first: &str, last: &str) -> Result<Prefix, Refusal> {
    let wrong = || Refusal::new(400, "E_BAD_REQUEST", "The range is none.");
    let address = |text: &str| text.parse::<IpAddr>().map(Prefix::host).map_err(|_| wrong());
    let (first, last) = (address(first)?, address(last)?);
    let fits = |mask: &u8| {
        Prefix::containing(first.family(), first.first(), *mask).filter(|prefix| prefix.last() >= last.first())
    };
    let smallest = (0..=first.family().bits()).rev().find_map(|mask| fits(&mask));
    smallest.filter(|prefix| prefix.first() == first.first()).ok_or_else(wrong)
}

/// What a call would do, if the rules allow it.
fn deed(books: &Books, method: &Method, path: &[&str], body: &[u8]) -> Result<Deed, Refusal> {
    let payload = |kind| {
        payload::read(body, kind).map_err(|why| Refusal {
            components: vec![("payload".to_owned(), why)],
            ..Refusal::new(400, "E_SCHEMA_VALIDATION", "Payload did not validate against the schema")
        })
    };
    match (method.as_str(), path) {
        ("POST", ["net", parent, "customer"]) => books.new_customer(parent, &payload("customer")?),
        ("PUT", ["net", parent, "reassign"]) => books.new_net(parent, &payload("net")?, "S"),
        ("PUT", ["net", parent, "reallocate"]) => books.new_net(parent, &payload("net")?, "A"),
        ("DELETE", ["net", handle]) => books.removal_of_net(handle),
        ("DELETE", ["customer", handle]) => books.removal_of_customer(handle),
        _ => Err(Refusal::new(405, "E_BAD_REQUEST", "There is no such call.")),
    }
}

/// Does it; the answer is what ARIN says of it.
fn act(books: &mut Books, deed: Deed) -> String {
    let ticketed = |net: String| answer::document("ticketedRequest", &format!("<net>{net}</net>"));
    match deed {
        Deed::RemoveNet(handle) => {
            let gone = books.nets.get(&handle).map(|net| answer::net(&handle, net)).unwrap_or_default();
            books.act(Deed::RemoveNet(handle));
            ticketed(gone)
        }
        Deed::RemoveCustomer(handle) => {
            let gone = books.customers.get(&handle).map(|known| answer::customer(&handle, known)).unwrap_or_default();
            books.act(Deed::RemoveCustomer(handle));
            answer::document("customer", &gone)
        }
        Deed::AddNet(net) => {
            let handle = books.act(Deed::AddNet(net.clone()));
            ticketed(answer::net(&handle, &net))
        }
        Deed::AddCustomer(customer) => {
            let handle = books.act(Deed::AddCustomer(customer.clone()));
            answer::document("customer", &answer::customer(&handle, &customer))
        }
    }
}

fn ticket(state: &mut State, deed: Deed) -> Answer {
    state.tickets += 1;
    let number = format!("20260101-X{}", state.tickets);
    let ticket = Ticket { status: "PENDING_REVIEW".to_owned(), resolution: None, deed: Some(deed) };
    let content = format!("<ticket>{}</ticket>", answer::ticket(&number, &ticket));
    state.books.tickets.insert(number, ticket);
    xml(StatusCode::OK, answer::document("ticketedRequest", &content))
}

/// The search of entities by name.
fn directory(state: &Shared, path: &str, query: &str, headers: &hyper::HeaderMap) -> Answer {
    let accepts = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/rdap+json");
    let name = query.strip_prefix("fn=").map(|name| percent_encoding::percent_decode_str(name).decode_utf8_lossy());
    let (Some(name), true, "entities") = (name, accepts, path) else {
        return respond(StatusCode::BAD_REQUEST, "application/rdap+json", json!({"errorCode": 400}).to_string());
    };
    let state = lock(state);
    let shown = state
        .books
        .customers
        .iter()
        .filter(|(_, customer)| state.directory && !customer.private && customer.name.eq_ignore_ascii_case(&name));
    let found: Vec<_> = shown
        .map(|(handle, customer)| {
            json!({
                "objectClassName": "entity", "handle": handle,
                "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", customer.name]]],
                "remarks": [{"title": "Registration Comments", "description": customer.comment}],
            })
        })
        .collect();
    if found.is_empty() {
        let nothing = json!({"rdapConformance": ["rdap_level_0"], "errorCode": 404, "title": "Not found"});
        return respond(StatusCode::NOT_FOUND, "application/rdap+json", nothing.to_string());
    }
    let body = json!({"rdapConformance": ["rdap_level_0"], "entitySearchResults": found});
    respond(StatusCode::OK, "application/rdap+json", body.to_string())
}

fn refused(refusal: &Refusal) -> Answer {
    xml(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST), answer::refusal(refusal))
}

fn xml(status: StatusCode, body: String) -> Answer {
    respond(status, "application/xml", body)
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
