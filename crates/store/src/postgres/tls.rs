//! Encryption on the way to PostgreSQL: used when the URL says `sslmode=require` or `prefer`.

use kernel::{Error, Result};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connector that trusts the certificates that this machine trusts.
pub(super) fn connector() -> Result<MakeRustlsConnect> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
