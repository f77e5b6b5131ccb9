//! Where people reach this server.

use kernel::{Error, Result};
use webauthn_rs::prelude::Url;

use crate::Access;

/// Where people reach this server with their browsers: `https://ipam.example.net`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Reads one: a host and perhaps a port, over TLS unless it is this machine.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| Error::invalid("public-url", format!("{text}: {why}"));
        let url = Url::parse(text).map_err(|_| wrong("this is no URL"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            return Err(wrong("must begin with https://"));
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must be a host and perhaps a port, and nothing else"));
        }
        Ok(Self(url))
    }

    /// The URL itself.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The URL of a path, which begins with a slash.
    pub(crate) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }

    /// Whether browsers speak TLS with it.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl Access {
    /// Where people reach this server, if it has been told.
    pub(crate) fn public_url(&self) -> Result<&PublicUrl> {
        self.0.settings.public_url.as_ref().ok_or_else(|| {
            Error::conflict(
                "This server has not been told where browsers reach it: start it with --public-url \
                 (PLATBOOK_PUBLIC_URL), such as https://ipam.example.net.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_a_site_over_tls_or_on_this_machine() {
        for text in ["https://ipam.example.net", "https://x.example:8443/", "http://localhost:6006", "http://127.0.0.1"]
        {
            assert!(PublicUrl::parse(text).is_ok(), "{text}");
        }
        for text in
            ["x.example", "http://x.example", "https://a:b@x.example", "https://x.example/p", "https://x.example/?a"]
        {
            let error = PublicUrl::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("public-url: {text}: ")), "{error}");
        }
        let url = PublicUrl::parse("https://x.example:8443").unwrap();
        assert_eq!(url.of("/api"), "https://x.example:8443/api");
    }
}
