//! CIDR blocks in paths. Existing clients write `/ipam/netblocks/192.0.2.0/24/unassign`, with the slash as it is,
//! and some write `%2F`. Routes know only the second form: one segment, `/ipam/netblocks/{block}/unassign`.

use std::net::IpAddr;

use axum::{
    Router,
    extract::Request,
    http::uri::{PathAndQuery, Uri},
};
use tower::{Layer, util::MapRequestLayer};

/// Folds each `ADDRESS/LENGTH` of a path into the one segment `ADDRESS%2FLENGTH`; `None` when there is none. The
/// length is any number of one to three digits: that it fits the address is for the endpoint to say, in a better
/// sentence than "not found".
pub fn fold_cidr(path: &str) -> Option<String> {
    let mut segments = path.split('/').peekable();
    let mut folded = String::with_capacity(path.len() + 2);
    let mut found = false;
    while let Some(segment) = segments.next() {
        folded.push_str(segment);
        if is_address(segment)
            && let Some(length) = segments.next_if(|next| is_length(next))
        {
            folded.push_str("%2F");
            folded.push_str(length);
            found = true;
        }
        if segments.peek().is_some() {
            folded.push('/');
        }
    }
    found.then_some(folded)
}

/// The colons of an IPv6 address may be escaped as well.
fn is_address(segment: &str) -> bool {
    segment.parse::<IpAddr>().is_ok()
        || (segment.contains('%') && segment.replace("%3A", ":").replace("%3a", ":").parse::<IpAddr>().is_ok())
}

fn is_length(segment: &str) -> bool {
    (1..=3).contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_digit())
}

/// The router behind a layer that folds CIDR blocks. An ordinary layer of a router would come too late: it runs
/// after routing.
pub fn with_cidr_paths(router: Router) -> Router {
    Router::new().fallback_service(MapRequestLayer::new(fold).layer(router))
}

fn fold(mut request: Request) -> Request {
    if let Some(uri) = folded(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn folded(uri: &Uri) -> Option<Uri> {
    let path = fold_cidr(uri.path())?;
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_length_become_one_segment() {
        for (path, folded) in [
            ("/ipam/netblocks/192.168.192.176/28/direct_assign", "/ipam/netblocks/192.168.192.176%2F28/direct_assign"),
            ("/ipam/netblocks/10.0.0.0/8", "/ipam/netblocks/10.0.0.0%2F8"),
            ("/ipam/netblocks/10.0.0.0/8/", "/ipam/netblocks/10.0.0.0%2F8/"),
            ("/ipam/netblocks/2001:db8::/32/split", "/ipam/netblocks/2001:db8::%2F32/split"),
            ("/ipam/netblocks/2001%3Adb8%3a%3A/32", "/ipam/netblocks/2001%3Adb8%3a%3A%2F32"),
            ("/ipam/netblocks/::/0/children", "/ipam/netblocks/::%2F0/children"),
            ("/a/10.0.0.0/8/b/::1/128", "/a/10.0.0.0%2F8/b/::1%2F128"),
            ("/ipam/netblocks/10.0.0.0/99", "/ipam/netblocks/10.0.0.0%2F99"),
        ] {
            assert_eq!(fold_cidr(path).as_deref(), Some(folded));
        }
    }

    #[test]
    fn other_paths_stay_as_they_are() {
        for path in [
            "/",
            "",
            "/ipam/netblocks",
            "/ipam/netblocks/17/split",
            "/ipam/netblocks/10.0.0.0%2F8/split",
            "/ipam/netblocks/10.0.0.1",
            "/ipam/netblocks/10.0.0.1/first_available",
            "/ipam/netblocks/10.0.0.1/1000",
            "/ipam/netblocks/10.0.0.1/",
            "/ipam/netblocks/10.0.0/24",
            "/jobs/5/12",
        ] {
            assert_eq!(fold_cidr(path), None, "{path}");
        }
    }

    #[test]
    fn the_query_is_kept() {
        let uri = "/ipam/netblocks/10.0.0.0/8?force=true".parse().unwrap();
        assert_eq!(folded(&uri).unwrap(), "/ipam/netblocks/10.0.0.0%2F8?force=true");
    }
}
