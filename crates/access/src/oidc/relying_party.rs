//! What is asked of whoever speaks OpenID Connect for us: `drivers` does, over the network.

use futures_util::future::BoxFuture;
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::hidden::Hidden;

/// Speaks OpenID Connect Core 1.0 with a provider, as its relying party: the code flow with PKCE.
pub trait RelyingParty: Send + Sync + 'static {
    /// Prepares a sign-in: where to send the browser, and what has to be known when it comes back.
    fn begin<'a>(&'a self, client: &'a OidcClient, now: Timestamp) -> BoxFuture<'a, Result<OidcRequest>>;

    /// Exchanges the code with which the browser came back, and proves what the provider says of its user.
    /// `Unauthenticated` when it can't be proven.
    fn finish<'a>(
        &'a self,
        client: &'a OidcClient,
        expected: &'a OidcExpected,
        code: &'a Hidden<String>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<OidcClaims>>;
}

/// How we are registered at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcClient {
    /// The provider's issuer identifier, below which its configuration is found (OpenID Connect Discovery 1.0).
    pub issuer: String,
    /// Our client identifier there.
    pub client_id: String,
    /// Our secret there; none when we are a public client there.
    pub client_secret: Option<Hidden<String>>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
}

/// A sign-in that has been prepared.
pub struct OidcRequest {
    /// Where the browser has to go.
    pub url: String,
    /// What must fit when it comes back.
    pub expected: OidcExpected,
}

/// What ties the answer of a provider to our question. It stays between us and the browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct OidcExpected {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that the code is ours (RFC 7636).
    pub verifier: String,
}

/// What a provider says of its user, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcClaims {
    /// The user's identifier there, which never changes and is never given to another one.
    pub subject: String,
    /// All claims by name: those of the ID token, and those of the user-info endpoint that the ID token lacks.
    pub all: serde_json::Map<String, serde_json::Value>,
}

/// Where nothing speaks OpenID Connect.
pub(crate) struct NoRelyingParty;

impl RelyingParty for NoRelyingParty {
    fn begin<'a>(&'a self, _: &'a OidcClient, _: Timestamp) -> BoxFuture<'a, Result<OidcRequest>> {
        Box::pin(async { Err(Error::conflict("This program does not speak OpenID Connect.")) })
    }

    fn finish<'a>(
        &'a self,
        _: &'a OidcClient,
        _: &'a OidcExpected,
        _: &'a Hidden<String>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<OidcClaims>> {
        Box::pin(async { Err(Error::conflict("This program does not speak OpenID Connect.")) })
    }
}
