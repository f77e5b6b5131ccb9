//! Which server is meant, who asks, and whose word is taken for the server's name.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;
use reqwest::Url;

use crate::{Console, Failure, Secret};

/// Where a server listens when nobody says otherwise.
const USUAL: &str = "http://127.0.0.1:6006";

/// The options that say which server is meant and who asks. What is not given is taken from the environment.
#[derive(Debug, Default, Args)]
pub struct Connection {
    /// The address of the server [env: PLATBOOK_SERVER, PROVISION_HOST] [default: http://127.0.0.1:6006]
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    pub server: Option<String>,
    /// Your user name [env: PLATBOOK_USERNAME, PROVISION_USERNAME]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connection")]
    pub username: Option<String>,
    /// Your password; you are asked for it when it is missing [env: PLATBOOK_PASSWORD, PROVISION_PASSWORD]
    #[arg(long, global = true, help_heading = "Connection")]
    pub password: Option<Secret>,
    /// A token, instead of user name and password [env: PLATBOOK_TOKEN]
    #[arg(long, global = true, help_heading = "Connection", conflicts_with_all = ["username", "password"])]
    pub token: Option<Secret>,
    /// A PEM file with the one certificate (or authority) to trust, for servers with one of their own
    /// [env: PLATBOOK_CACERT]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connection")]
    pub cacert: Option<PathBuf>,
    /// Trust any certificate: for trials only, as anybody on the way can read along
    #[arg(long, global = true, help_heading = "Connection", conflicts_with = "cacert")]
    pub insecure: bool,
}

/// A server, as the options and the environment settle it.
#[derive(Debug)]
pub(crate) struct Server {
    /// Scheme, host and path, without a slash at the end and without `/api/v2`.
    pub(crate) url: String,
    /// Whether it is on this machine.
    pub(crate) loopback: bool,
    /// Whether it is reached over TLS.
    pub(crate) encrypted: bool,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) trust: Trust,
}

/// Who asks.
#[derive(Debug)]
pub(crate) enum Credentials {
    Basic { username: String, password: Secret },
    Bearer(Secret),
}

/// Which certificates are believed.
#[derive(Debug)]
pub(crate) enum Trust {
    /// What the system believes.
    System,
    /// What this file holds.
    Only(PathBuf),
    /// Any.
    Blind,
}

impl Connection {
    /// Settles what was given against the environment; asks for a password that is missing.
    pub(crate) fn settle(self, console: &Console) -> Result<Server, Failure> {
        let url = self.server.clone().or_else(|| console.variable(&["PLATBOOK_SERVER", "PROVISION_HOST"]));
        let url = address(url.as_deref().unwrap_or(USUAL))?;
        let encrypted = url.scheme() == "https";
        let loopback = is_loopback(url.host_str().unwrap_or_default());
        let trust = if self.insecure {
            Trust::Blind
        } else {
            let file = self.cacert.clone().or_else(|| console.variable(&["PLATBOOK_CACERT"]).map(PathBuf::from));
            file.map_or(Trust::System, Trust::Only)
        };
        let url = url.as_str().trim_end_matches('/');
        let url = url.strip_suffix("/api/v2").unwrap_or(url).to_owned();
        let credentials = self.credentials(console, (encrypted || loopback).then_some(&*url))?;
        Ok(Server { url, loopback, encrypted, credentials, trust })
    }

    /// What is typed goes before the environment, and a token before a password. `to` is the server, if it may
    /// have a secret at all.
    fn credentials(self, console: &Console, to: Option<&str>) -> Result<Option<Credentials>, Failure> {
        let typed = self.username.is_some() || self.password.is_some();
        let token = self.token.or_else(|| {
            let token = if typed { None } else { console.variable(&["PLATBOOK_TOKEN"]) };
            token.map(Secret::from)
        });
        let username = self.username.or_else(|| console.variable(&["PLATBOOK_USERNAME", "PROVISION_USERNAME"]));
        let password =
            self.password.or_else(|| console.variable(&["PLATBOOK_PASSWORD", "PROVISION_PASSWORD"]).map(Secret::from));
        if token.is_none() && username.is_none() && password.is_none() {
            return Ok(None);
        }
        let Some(server) = to else {
            return Err(Failure::Usage(
                "Passwords and tokens are not sent over plain http to another machine, where anybody on the way could \
                 read them. Give an https:// address with --server."
                    .to_owned(),
            ));
        };
        if let Some(token) = token {
            return bearer(&token).map(Some);
        }
        let Some(username) = username else {
            return Err(Failure::Usage(
                "A password is given, but no user name. Give it with --username or PLATBOOK_USERNAME.".to_owned(),
            ));
        };
        // RFC 7617, section 2: the first colon ends the user name.
        if username.contains(':') {
            return Err(Failure::Usage("A user name can't have a colon in it.".to_owned()));
        }
        let password = match password {
            Some(password) => password,
            None => (console.ask)(&format!("Password of {username} at {server}: ")).map_err(|_| {
                Failure::Usage(
                    "There is no password, and no terminal to ask for it. Give it in PLATBOOK_PASSWORD, or a token \
                     in PLATBOOK_TOKEN."
                        .to_owned(),
                )
            })?,
        };
        Ok(Some(Credentials::Basic { username, password }))
    }
}

/// A token from a file often has a line end behind it.
fn bearer(token: &Secret) -> Result<Credentials, Failure> {
    let text = token.reveal().trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::Usage("The token is not one: tokens are letters, digits and signs.".to_owned()));
    }
    Ok(Credentials::Bearer(Secret::from(text.to_owned())))
}

/// Reads an address. Without a scheme, https is meant, on this machine http.
fn address(text: &str) -> Result<Url, Failure> {
    let text = text.trim();
    let refuse = |why: &str| Failure::Usage(format!("The address of the server {why}. Give it as https://HOST:PORT."));
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        let there = Url::parse(&format!("https://{text}")).map_err(|error| refuse(&format!("is not one: {error}")))?;
        let scheme = if is_loopback(there.host_str().unwrap_or_default()) { "http" } else { "https" };
        format!("{scheme}://{text}")
    };
    // The text itself is not repeated: there may be a password in it.
    let url = Url::parse(&whole).map_err(|error| refuse(&format!("is not one: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("has a user name in it; that goes into --username"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("must begin with http:// or https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("must end with its path, without ? or #"));
    }
    Ok(url)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
