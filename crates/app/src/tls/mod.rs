//! How connections are protected: by a certificate from files, by one of the server's own, or not at all where
//! nobody can listen.

mod certificate;
mod self_signed;

use std::{path::PathBuf, sync::Arc};

use crate::{arguments::Serve, server::Transport};

pub(crate) use certificate::Certificate;

/// What protects the connections of a server.
pub(crate) struct Protection {
    pub(crate) transport: Transport,
    /// The certificate that clients see, when there is one.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// The file by which clients recognise a self-signed certificate.
    pub(crate) self_signed: Option<PathBuf>,
}

/// Chooses: plain HTTP on loopback and behind a proxy, TLS everywhere else.
pub(crate) fn choose(options: &Serve) -> anyhow::Result<Protection> {
    let files = options.tls_cert.as_ref().zip(options.tls_key.as_ref());
    if options.behind_proxy && (options.tls || files.is_some()) {
        anyhow::bail!(
            "--behind-proxy means that a proxy speaks TLS and this server does not; leave out either that or the TLS options"
        );
    }
    if options.behind_proxy || (options.listen.ip().is_loopback() && !options.tls && files.is_none()) {
        let transport = Transport::Plain { behind_proxy: options.behind_proxy };
        return Ok(Protection { transport, certificate: None, self_signed: None });
    }
    let (certificate, self_signed) = if let Some((chain, key)) = files {
        (Certificate::load(chain.clone(), key.clone())?, None)
    } else {
        let files = self_signed::find_or_make(&options.data.make_directory()?, options.listen.ip())?;
        (Certificate::load(files.chain.clone(), files.key)?, Some(files.chain))
    };
    let certificate = Arc::new(certificate);
    let mut config = rustls::ServerConfig::builder().with_no_client_auth().with_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Protection { transport: Transport::Tls(Arc::new(config)), certificate: Some(certificate), self_signed })
}
