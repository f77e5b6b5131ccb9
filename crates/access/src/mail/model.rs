//! What the settings of the mail server look like from outside.

use std::net::IpAddr;

use kernel::{Error, FieldErrors, Result};
use serde::{Deserialize, Serialize};

use super::MailServer;
use crate::hidden::Hidden;

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS begins on the open connection before anything else is said (RFC 3207); without it no mail is sent.
    StartTls,
    /// TLS from the start (RFC 8314).
    Tls,
    /// Not at all, which is for a server on this machine only.
    None,
}

impl MailSecurity {
    const ALL: [Self; 3] = [Self::StartTls, Self::Tls, Self::None];

    /// The word for it, in the database as in the API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| Error::internal(format!("mail can't be protected by {name}")))
    }

    const fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// How mail is sent. The password is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"host": "smtp.example.net", "port": 587, "security": "starttls", "username": "platbook",
    "has_password": true, "from": "Platbook <noc@example.net>", "ca": null}))]
pub struct MailSettings {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: MailSecurity,
    /// The name to sign in with; null for no sign-in.
    pub username: Option<String>,
    /// Whether a password is kept.
    pub has_password: bool,
    /// From whom mail is.
    pub from: String,
    /// The certificates in PEM by which the server is known; null for those of the system.
    pub ca: Option<String>,
}

/// How mail is to be sent.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"host": "smtp.example.net", "security": "starttls", "username": "platbook",
    "password": "a password of the mail server", "from": "Platbook <noc@example.net>"}))]
pub struct NewMailSettings {
    /// The mail server: a name or an address.
    #[schema(min_length = 1, max_length = 253)]
    pub host: String,
    /// Its port; 587 for STARTTLS, 465 for TLS and 25 for none, when this is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 65535)]
    pub port: Option<u16>,
    /// How the way there is protected: `starttls`, `tls`, or `none` for a server on this machine.
    pub security: MailSecurity,
    /// The name to sign in with, if the server wants that.
    #[serde(default)]
    pub username: Option<String>,
    /// The password to sign in with. When it is left out the one that is there stays, as long as the server, the way
    /// there and the name stay.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    pub password: Option<Hidden<String>>,
    /// From whom mail is: `noc@example.net` or `Platbook <noc@example.net>`.
    pub from: String,
    /// The certificates in PEM by which the server is known, where those of the system don't do.
    #[serde(default)]
    pub ca: Option<String>,
}

impl NewMailSettings {
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(self.security.usual_port())
    }

    /// Refuses what can't work or is not safe; what is well formed beyond that, the carrier knows.
    pub(super) fn check(&self) -> Result<()> {
        const LONGEST_CA: usize = 65_536;
        let mut errors = FieldErrors::default();
        let in_host = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
        if !(1..=253).contains(&self.host.len()) || !self.host.chars().all(in_host) {
            errors.push("host", "must be the name or the address of a server, without a port");
        }
        if self.port == Some(0) {
            errors.push("port", "must be 1 to 65535");
        }
        if self.security == MailSecurity::None && !is_loopback(&self.host) {
            errors.push(
                "security",
                "must be starttls or tls, since anyone on the way could read the mail; none is for a server on this \
                 machine, such as localhost",
            );
        }
        let short = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.contains(char::is_control);
        if self.username.as_ref().is_some_and(|name| !short(name, 200)) {
            errors.push("username", "must have 1 to 200 bytes without control characters");
        }
        if self.password.as_ref().is_some_and(|password| !short(&password.0, 1000)) {
            errors.push("password", "must have 1 to 1000 bytes without control characters");
        }
        if self.password.is_some() && self.username.is_none() {
            errors.push("username", "must be given with a password");
        }
        if !short(&self.from, 320) {
            errors.push("from", "must be an address such as noc@example.net or Platbook <noc@example.net>");
        }
        if self.ca.as_ref().is_some_and(|ca| ca.len() > LONGEST_CA) {
            errors.push("ca", format!("must have at most {LONGEST_CA} bytes"));
        }
        errors.into_result()
    }
}

/// An address that only this machine reaches.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a password that was given for one server may be sent to the other: whoever changes the settings must not
/// get hold of it that way.
pub(super) fn is_same_way(one: &MailServer, other: &MailServer, names: [Option<&str>; 2]) -> bool {
    let way = |server: &MailServer| (server.host.clone(), server.port, server.security, server.ca.clone());
    way(one) == way(other) && names[0] == names[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> NewMailSettings {
        NewMailSettings {
            host: "smtp.example.net".to_owned(),
            port: None,
            security: MailSecurity::StartTls,
            username: Some("platbook".to_owned()),
            password: Some(Hidden("tulip".to_owned())),
            from: "noc@example.net".to_owned(),
            ca: None,
        }
    }

    #[test]
    fn each_way_has_its_usual_port() {
        let port = |security| NewMailSettings { security, ..settings() }.port();
        assert_eq!(MailSecurity::ALL.map(port), [587, 465, 25]);
    }

    #[test]
    fn mail_goes_unprotected_on_this_machine_only() {
        let at = |host: &str| NewMailSettings { host: host.to_owned(), security: MailSecurity::None, ..settings() };
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(at(host).check().is_ok(), "{host}");
        }
        for host in ["smtp.example.net", "192.0.2.1", "localhost.example.net"] {
            assert!(at(host).check().unwrap_err().to_string().starts_with("security: must be starttls or tls"));
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused_by_field() {
        for (wrong, field) in [
            (NewMailSettings { host: "a b".to_owned(), ..settings() }, "host"),
            (NewMailSettings { port: Some(0), ..settings() }, "port"),
            (NewMailSettings { username: None, ..settings() }, "username"),
            (NewMailSettings { password: Some(Hidden(String::new())), ..settings() }, "password"),
            (NewMailSettings { from: "a\nb".to_owned(), ..settings() }, "from"),
            (NewMailSettings { ca: Some("x".repeat(70_000)), ..settings() }, "ca"),
        ] {
            let refused = wrong.check().unwrap_err().to_string();
            assert!(refused.starts_with(&format!("{field}: ")), "{refused}");
        }
    }
}
