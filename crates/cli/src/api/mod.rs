//! Requests to API v2 and their answers.

mod transport;

use std::time::Duration;

use reqwest::{
    Client, Method, Request, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, LINK, LOCATION},
};
use serde_json::Value;

use crate::{
    Failure,
    connection::{Credentials, Server},
};

/// How long an answer may take. The server itself gives up earlier.
const PATIENCE: Duration = Duration::from_mins(2);

/// The media type of the answer to a dry run.
const DRY_RUN: &str = "application/vnd.platbook.dry-run+json";

/// A server, seen through its API v2.
pub(crate) struct Api {
    http: Client,
    server: Server,
    meant: Meant,
}

/// How writes are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Meant {
    /// As they are.
    #[default]
    Done,
    /// Only to be shown.
    Shown,
    /// To do what was shown for this token.
    Exactly(String),
}

impl Meant {
    pub(crate) fn of(dry_run: bool, commit: Option<String>) -> Self {
        match commit {
            Some(token) => Self::Exactly(token),
            None if dry_run => Self::Shown,
            None => Self::Done,
        }
    }

    /// The parameter of a write that says so.
    pub(crate) fn parameter(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Done => None,
            Self::Shown => Some(("dry_run", "true")),
            Self::Exactly(token) => Some(("commit", token)),
        }
    }
}

/// What the server answered.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The JSON as it came; empty when there is nothing to say.
    pub(crate) body: String,
    /// The query of the next part of a list, when there is one.
    pub(crate) next: Option<String>,
    /// Whether it only shows what would be done.
    pub(crate) is_dry_run: bool,
}

impl Api {
    pub(crate) fn new(server: Server, meant: Meant) -> Result<Self, Failure> {
        Ok(Self { http: transport::client(&server)?, server, meant })
    }

    /// Reads what is at the path.
    pub(crate) async fn get(&self, path: &str, query: &[(String, String)]) -> Result<Answer, Failure> {
        self.send(self.request(Method::GET, path).query(query)).await
    }

    /// Writes: each write has a random name, by which the server knows it when it comes twice.
    pub(crate) async fn write(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let mut request = self.request(method, path).header(KEY, random_key()).query(&self.meant());
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// How writes are meant, as parameters.
    pub(crate) fn meant(&self) -> Vec<(&'static str, &str)> {
        self.meant.parameter().into_iter().collect()
    }

    /// A request to the path, below the address of the API, by the one who asks.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v2{path}", self.server.url));
        match &self.server.credentials {
            Some(Credentials::Basic { username, password }) => request.basic_auth(username, Some(password.reveal())),
            Some(Credentials::Bearer(token)) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    /// Sends a request, and once more when the connection is lost. Writes can be sent twice because they have a name.
    async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let request = build(request.timeout(PATIENCE))?;
        let again = request.try_clone();
        match (self.attempt(request).await, again) {
            (Err(Failure::Lost(_)), Some(again)) => self.attempt(again).await,
            (done, _) => done,
        }
    }

    /// Sends a request once.
    pub(crate) async fn attempt(&self, request: Request) -> Result<Answer, Failure> {
        let reads = request.method().is_safe();
        let lost = |error: reqwest::Error| transport::failure(&error, &self.server, reads);
        let response = self.http.execute(request).await.map_err(lost)?;
        let status = response.status();
        let next = next(response.headers());
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_dry_run = kind.is_some_and(|kind| kind.starts_with(DRY_RUN));
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        let body = response.text().await.map_err(lost)?;
        if status.is_success() {
            return Ok(Answer { body, next, is_dry_run });
        }
        if let (true, Some(location)) = (status.is_redirection(), location) {
            let text = format!("{} sends us on to {location}. Give that address with --server.", self.server.url);
            return Err(Failure::Refused(text));
        }
        let refusal = Failure::refused(status, &body, &self.server.url);
        Err(if status == StatusCode::UNAUTHORIZED { refusal.with_advice(self.sign_in()) } else { refusal })
    }

    fn sign_in(&self) -> &'static str {
        match self.server.credentials {
            None => "Sign in with --token, or with --username and --password.",
            Some(Credentials::Basic { .. }) => "Check the user name and the password.",
            Some(Credentials::Bearer(_)) => "Check the token; it may have been taken back.",
        }
    }

    /// The JSON of an answer; null when the answer is empty.
    pub(crate) fn read(&self, answer: &Answer) -> Result<Value, Failure> {
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer.body).map_err(|_| {
            let server = &self.server.url;
            Failure::Refused(format!("{server} does not answer in JSON. Is the address of the server right?"))
        })
    }
}

/// The header that carries the name of a write.
pub(crate) const KEY: &str = "Idempotency-Key";

/// A name that no other write has.
pub(crate) fn random_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// A finished request.
pub(crate) fn build(request: RequestBuilder) -> Result<Request, Failure> {
    request.build().map_err(|error| Failure::Usage(format!("This can't be asked: {}.", error.without_url())))
}

/// The query of the link to the next part (RFC 8288). Host and path are not taken from it: a server behind a proxy
/// does not know how we reach it.
fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let next = links.flat_map(|value| value.split(",<")).find(|link| link.contains("rel=\"next\""))?;
    let (target, _) = next.trim_start_matches('<').split_once('>')?;
    target.split_once('?').map(|(_, query)| query.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(link: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(LINK, link.parse().unwrap());
        next(&headers)
    }

    #[test]
    fn the_next_part_is_found_among_links() {
        assert_eq!(next_of("</a?limit=2&offset=2>; rel=\"next\"").as_deref(), Some("limit=2&offset=2"));
        assert_eq!(next_of("</a?p=1>; rel=\"prev\",</a?p=3>; rel=\"next\"").as_deref(), Some("p=3"));
        assert_eq!(next_of("</a?p=1>; rel=\"prev\""), None);
    }

    #[test]
    fn no_two_writes_have_the_same_name() {
        assert_eq!(random_key().len(), 32);
        assert_ne!(random_key(), random_key());
    }
}
