//! The registries' own directories, by RDAP (RFC 9082, 9083).

mod entity;
mod jcard;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE},
    redirect::Policy,
};
use resources::{ContactType, FoundContact, Source};

use self::entity::Entity;
use crate::is_loopback;

/// Where the registries answer.
pub const ADDRESSES: [(ContactType, &str); 5] = [
    (ContactType::Arin, "https://rdap.arin.net/registry/"),
    (ContactType::Ripe, "https://rdap.db.ripe.net/"),
    (ContactType::Apnic, "https://rdap.apnic.net/"),
    (ContactType::Lacnic, "https://rdap.lacnic.net/rdap/"),
    (ContactType::Afrinic, "https://rdap.afrinic.net/rdap/"),
];

/// How long a look-up may take from the first byte sent to the last one received.
const PATIENCE: Duration = Duration::from_secs(20);
/// The largest answer, in bytes: 1 MiB. An organisation with hundreds of networks has some 200 KiB.
const LARGEST: usize = 1024 * 1024;
/// How often a registry may send us on, and only within itself.
const MOST_REDIRECTS: usize = 3;
/// What a segment of a path may hold as it is (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A registry that is asked for its entities: people, roles, organisations.
#[derive(Debug, Clone)]
pub struct Rdap {
    registry: ContactType,
    base: Url,
    patience: Duration,
}

impl Rdap {
    /// The registry that answers below this address. It must be `https`, or lie on this machine.
    pub fn new(registry: ContactType, base: &str) -> Result<Self> {
        Self::with_patience(registry, base, PATIENCE)
    }

    /// The same, for tests that do not want to wait.
    pub fn with_patience(registry: ContactType, base: &str, patience: Duration) -> Result<Self> {
        let name = registry.name();
        let wrong = |why: &str| Error::invalid("rdap", format!("the address of {name}, {base}, {why}"));
        let mut url = Url::parse(base).map_err(|_| wrong("is no URL"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(wrong("must begin with https://"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("may have neither a user nor anything behind the path"));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { registry, base: url, patience })
    }

    async fn ask(&self, handle: &str) -> Result<FoundContact> {
        let name = self.registry.name();
        // A segment of dots would lead to another place, escaped or not.
        if handle.bytes().all(|b| b == b'.') {
            return Err(Error::not_found(format!("{name} knows no contact \"{handle}\".")));
        }
        let segment = utf8_percent_encode(handle, ESCAPED);
        let url = self.base.join(&format!("entity/{segment}")).map_err(Error::internal)?;
        // Made for each look-up: few are made, and a server starts where no certificates are, too.
        let http = client(&self.base, self.patience)
            .map_err(|error| Error::conflict(format!("{name} can't be asked from this machine: {error}.")))?;
        let request = http.get(url).header(ACCEPT, "application/rdap+json");
        let response = request.send().await.map_err(|error| self.silent(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(Error::not_found(format!("{name} knows no contact \"{handle}\".")));
            }
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                return Err(Error::Busy(format!("{name} can't answer now ({status}).")));
            }
            status if status.is_redirection() => {
                return Err(self.useless(handle, "lies elsewhere, where this server is not told to look"));
            }
            status => return Err(self.useless(handle, &format!("is a refusal: {status}"))),
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/rdap+json" && kind != "application/json" {
            return Err(self.useless(handle, "is no JSON"));
        }
        let body = self.body(handle, response).await?;
        Entity::parse(&body).and_then(|entity| entity.contact(handle)).map_err(|why| self.useless(handle, &why))
    }

    /// The body, as long as it is not too large.
    async fn body(&self, handle: &str, mut response: Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.silent(&error))? {
            if body.len() + piece.len() > LARGEST {
                return Err(self.useless(handle, "is larger than 1 MiB"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// There was no answer.
    fn silent(&self, error: &reqwest::Error) -> Error {
        let name = self.registry.name();
        let why = match error {
            _ if error.is_timeout() => "it takes too long",
            _ if error.is_connect() => "no connection",
            _ => "the connection broke",
        };
        Error::Busy(format!("{name} does not answer at {}: {why}.", self.base))
    }

    /// There was an answer of which nothing can be made.
    fn useless(&self, handle: &str, why: &str) -> Error {
        Error::conflict(format!("The answer of {} about \"{handle}\" {why}.", self.registry.name()))
    }
}

/// A client that never leaves the places below this address, wherever it is sent.
fn client(base: &Url, patience: Duration) -> reqwest::Result<Client> {
    // Fails when the program has chosen a provider before us: that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let within: Arc<str> = base.as_str().into();
    let policy = Policy::custom(move |next| {
        let stays = next.url().as_str().starts_with(&*within);
        if stays && next.previous().len() <= MOST_REDIRECTS { next.follow() } else { next.stop() }
    });
    let client = Client::builder()
        .user_agent(concat!("platbook/", env!("CARGO_PKG_VERSION")))
        .timeout(patience)
        .connect_timeout(patience)
        .redirect(policy);
    if base.scheme() == "http" {
        // The certificates of the system need not be read, nor be there at all, when none is shown.
        client.no_proxy().tls_certs_only([]).build()
    } else {
        client.build()
    }
}

impl Source for Rdap {
    fn look_up<'a>(&'a self, handle: &'a str) -> BoxFuture<'a, Result<FoundContact>> {
        Box::pin(self.ask(handle))
    }
}
