//! Sending a browser to a provider.

use kernel::{Actor, Error, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, params};

use super::{OidcClient, OidcExpected, provider::OidcProviderRow, return_to};
use crate::{Access, hidden::Hidden, session::Visit};

/// The kind of the ceremony.
pub(super) const CEREMONY: &str = "signing in at a provider of OpenID Connect";

/// What has to be known when the browser comes back.
#[derive(Serialize, Deserialize)]
pub(super) struct Journey {
    /// The provider.
    pub(super) provider: i64,
    pub(super) expected: OidcExpected,
    pub(super) return_to: String,
}

/// A browser that is to be sent to a provider.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Where it has to go.
    pub url: String,
    /// What it has to keep until it comes back.
    pub keep: Hidden<String>,
}

impl Access {
    /// Prepares a sign-in at the provider with this name; after it the browser goes to the place `return_to` on this
    /// server.
    pub async fn begin_oidc(&self, name: &str, return_to: &str, visit: &Visit) -> Result<Departure> {
        return_to::check(return_to)?;
        self.require_tls(visit)?;
        let provider = self.oidc_provider_to_sign_in(name).await?;
        let client = self.oidc_client(&provider)?;
        let request = self.0.settings.relying_party.begin(&client, self.now()).await?;
        let journey = Journey { provider: provider.id, expected: request.expected, return_to: return_to.to_owned() };
        Ok(Departure { url: request.url, keep: Hidden(self.seal_ceremony(CEREMONY, &journey)?) })
    }

    /// Where browsers speak TLS, a sign-in that comes another way could be read by others.
    pub(super) fn require_tls(&self, visit: &Visit) -> Result<()> {
        let url = self.public_url()?;
        if url.is_over_tls() && !visit.tls {
            return Err(Error::forbidden(format!("This request came over plain HTTP. Sign in at {}.", url.of("/"))));
        }
        Ok(())
    }

    pub(super) async fn oidc_provider_to_sign_in(&self, name: &str) -> Result<OidcProviderRow> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let found = by_name(&mut tx, name).await?.filter(|provider| provider.enabled);
        found.ok_or_else(|| Error::not_found(format!("There is no provider \"{name}\" at which one could sign in.")))
    }

    /// How we are registered at a provider.
    pub(super) fn oidc_client(&self, provider: &OidcProviderRow) -> Result<OidcClient> {
        let client_secret = match &provider.secret {
            Some(sealed) => {
                let plain = self.0.master_key.open(&provider.context(), &sealed.0.0)?;
                Some(Hidden(String::from_utf8(plain).map_err(Error::internal)?))
            }
            None => None,
        };
        Ok(OidcClient {
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret,
            redirect_uri: self.public_url()?.of(&callback(&provider.name)),
            scopes: provider.scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        })
    }
}

/// The path to which a provider sends the browser back.
pub(super) fn callback(name: &str) -> String {
    format!("{}/oidc/{name}/callback", api_v2::BASE)
}

async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<OidcProviderRow>> {
    Ok(tx.find::<OidcProviderRow>("name = $1", params![name]).await?.pop())
}
