//! What talks to the outside: it implements the traits by which slices ask for things that only the network knows.
//! Nothing here knows the database, and nothing here is called inside a transaction.

mod arin;
mod ldap;
mod login;
mod oidc;
mod radius;
mod rdap;
mod smtp;

pub use arin::{ArinService, DIRECTORY, REGISTRATION};
pub use ldap::{Bind, Ldap, LdapSettings};
pub use login::Logins;
pub use oidc::Oidc;
pub use rdap::{ADDRESSES, Rdap};
pub use smtp::Smtp;

/// An address that only this machine reaches, where plain text is nobody's business.
fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
