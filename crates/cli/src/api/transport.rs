//! Connections: how they are made, and what to do when they fail.

use std::{error::Error, io, path::Path, time::Duration};

use reqwest::{Certificate, Client, redirect};

use crate::{
    Failure,
    connection::{Server, Trust},
};

/// A client that speaks to this server and to no other.
pub(crate) fn client(server: &Server) -> Result<Client, Failure> {
    // Fails when the program has chosen a provider before us: that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder()
        .user_agent(concat!("platbook/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        // Passwords stay with the server to which they were given.
        .redirect(redirect::Policy::none());
    if server.loopback {
        // A proxy would carry the password off this machine.
        client = client.no_proxy();
    }
    client = match &server.trust {
        // The certificates of the system need not be read, nor be there at all, when none is shown.
        _ if !server.encrypted => client.tls_certs_only([]),
        Trust::System => client,
        Trust::Only(file) => client.tls_certs_only(certificates(file)?),
        Trust::Blind => client.tls_danger_accept_invalid_certs(true),
    };
    client.build().map_err(|error| Failure::Unreachable(format!("No connection can be made: {}.", root(&error))))
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let refuse = |why: String| Failure::Usage(format!("The certificate {} {why}.", file.display()));
    let pem = std::fs::read(file).map_err(|error| refuse(format!("can't be read: {error}")))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| refuse(format!("is not PEM: {error}")))?;
    if found.is_empty() { Err(refuse("has no certificate in it".to_owned())) } else { Ok(found) }
}

/// What a failed connection means. `reads` says that nothing could have been changed.
pub(crate) fn failure(error: &reqwest::Error, Server { url, .. }: &Server, reads: bool) -> Failure {
    if let Some(rustls::Error::InvalidCertificate(why)) = tls_error(error) {
        return Failure::Unreachable(format!(
            "The certificate of {url} is not trusted ({why}). If it is the server's own, give its file with --cacert."
        ));
    }
    let root = root(error);
    if error.is_connect() {
        return Failure::Unreachable(format!(
            "{url} can't be reached: {root}. Is Platbook running there? Another address goes into --server or \
             PLATBOOK_SERVER."
        ));
    }
    let then = if reads { "Try again." } else { "The change may have been made: look before you repeat it." };
    Failure::Lost(format!("The connection to {url} was lost before the answer came: {root}. {then}"))
}

/// The error of TLS among the causes. I/O errors hide it from their list of causes.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

/// The first cause, which says the most.
fn root(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it takes too long".to_owned();
    }
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
