//! Whether the way on which a request came is safe for credentials.

use std::net::IpAddr;

use kernel::{Error, Result};

use crate::Credentials;

/// What to do about credentials that come over plain HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransportPolicy {
    /// Whether they are taken all the same: for laboratories, and for proxies that end TLS but don't say so.
    pub allow_plain: bool,
}

/// Whether nobody on the way could read a request: it came over TLS, from this very machine, or from a proxy that is
/// trusted and says that it was so on its side. Whoever listens leaves this in the extensions of each request; where
/// it is missing, the way was not safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secure(
    /// Whether it was.
    pub bool,
);

/// Who is at the other end of a request. Whoever listens leaves this in the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The address of the client: where a trusted proxy stands between, the one that the proxy names.
    pub address: IpAddr,
    /// Whether the client speaks TLS, here or to the proxy.
    pub tls: bool,
}

const EXPOSED_PASSWORD: &str = "The password was sent over plain HTTP, where anyone on the way could read it: it has been \
                                exposed and must be changed. Use https:// from now on.";

impl TransportPolicy {
    /// Refuses a password in the body of a request that others could read.
    pub(crate) fn check_password(self, secure: Option<Secure>) -> Result<()> {
        if self.takes(secure) { Ok(()) } else { Err(Error::forbidden(EXPOSED_PASSWORD)) }
    }

    fn takes(self, secure: Option<Secure>) -> bool {
        self.allow_plain || secure == Some(Secure(true))
    }

    /// Refuses credentials that others could read.
    pub(crate) fn check(self, secure: Option<Secure>, credentials: &Credentials) -> Result<()> {
        if self.takes(secure) {
            return Ok(());
        }
        Err(Error::forbidden(match credentials {
            Credentials::Basic { .. } => EXPOSED_PASSWORD,
            Credentials::Bearer(_) => {
                "The API token was sent over plain HTTP, where anyone on the way could read it: it has been exposed. \
                 Revoke it, make another one, and use https:// from now on."
            }
            Credentials::Session(_) => {
                "The cookie of a session was sent over plain HTTP, where anyone on the way could read it. End the \
                 session, and sign in again at https://."
            }
            // The secret of an API key never travels.
            Credentials::Signed(_) => {
                "Signed requests are taken over HTTPS only: on plain HTTP, anyone on the way could read this one and \
                 send it again. Use https://."
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hidden;

    fn refused(allow_plain: bool, secure: Option<Secure>) -> bool {
        let credentials = Credentials::Bearer(Hidden("pb_x".to_owned()));
        TransportPolicy { allow_plain }.check(secure, &credentials).is_err()
    }

    #[test]
    fn only_a_way_that_is_known_to_be_safe_is_safe() {
        assert!(refused(false, None) && refused(false, Some(Secure(false))) && !refused(false, Some(Secure(true))));
        assert!(!refused(true, None) && !refused(true, Some(Secure(false))));
    }

    #[test]
    fn the_refusal_says_what_has_been_exposed() {
        let said = |credentials| TransportPolicy::default().check(None, &credentials).unwrap_err().to_string();
        let basic = Credentials::Basic { name: "ann".to_owned(), password: Hidden("tulip".to_owned()), kind: None };
        assert!(said(basic).contains("it has been exposed and must be changed"));
        assert!(said(Credentials::Bearer(Hidden(String::new()))).contains("Revoke it"));
        assert!(said(Credentials::Signed(Hidden(String::new()))).contains("HTTPS only"));
    }
}
