//! What happens when the browser comes back from a provider.

use kernel::{Actor, Error, Result};

use super::{
    admit::Admit,
    claims::Outsider,
    start::{CEREMONY, Journey},
};
use crate::{
    Access,
    hidden::Hidden,
    session::{OpenSession, Visit},
};

/// What a browser brings back.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// The code, when the provider has confirmed the sign-in.
    pub code: Option<Hidden<String>>,
    /// The state that it was sent away with.
    pub state: Option<String>,
    /// The provider's issuer identifier, when it says so (RFC 9207).
    pub iss: Option<String>,
    /// The name of the reason, when the provider has not confirmed it.
    pub error: Option<String>,
    /// What it was to keep.
    pub kept: Option<Hidden<String>>,
}

impl Access {
    /// Ends a sign-in at the provider with this name: opens a session, and answers with where the browser goes now.
    pub async fn finish_oidc(&self, name: &str, arrival: Arrival, visit: &Visit) -> Result<(OpenSession, String)> {
        self.require_tls(visit)?;
        let elsewhere = || {
            Error::Unauthenticated("This browser has not begun to sign in here, or too long ago. Begin again.".into())
        };
        let opened = self.open_ceremony::<Journey>(CEREMONY, &arrival.kept.ok_or_else(elsewhere)?.0)?;
        let Journey { provider: id, expected, return_to } = opened.state;
        let provider = self.oidc_provider_to_sign_in(name).await?;
        if provider.id != id || arrival.state.as_deref() != Some(&expected.state) {
            return Err(elsewhere());
        }
        if arrival.iss.is_some_and(|iss| iss != provider.issuer) {
            return Err(Error::Unauthenticated("The answer comes from another provider. Begin again.".to_owned()));
        }
        let code = arrival.code.ok_or_else(|| not_confirmed(name, arrival.error.as_deref()))?;
        let client = self.oidc_client(&provider)?;
        let claims = self.0.settings.relying_party.finish(&client, &expected, &code, self.now()).await?;
        let outsider = Outsider::read(claims, &provider).ok_or_else(|| {
            Error::conflict(format!("The provider \"{name}\" does not say who you are in a way that could be kept."))
        })?;
        let method = format!("oidc:{name}");
        let user = self.write(&Actor::system("sign-in"), Admit { provider, outsider, once: opened.once }).await?;
        Ok((self.open_session(user, &method, visit).await?, return_to))
    }
}

fn not_confirmed(name: &str, error: Option<&str>) -> Error {
    // Its names are words of the standard; what else stands there was written by nobody we know.
    let is_name = |error: &&str| error.len() <= 64 && error.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let why = error.filter(is_name).unwrap_or("no reason given");
    Error::Unauthenticated(format!("The provider \"{name}\" has not confirmed the sign-in ({why})."))
}
