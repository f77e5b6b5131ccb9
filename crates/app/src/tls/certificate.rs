//! A certificate from files, which may be replaced while the server runs.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::Context as _;
use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// The files, and what they held when they were read last.
#[derive(Debug)]
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads a chain and its private key, both in PEM.
    pub(crate) fn load(chain: PathBuf, key: PathBuf) -> anyhow::Result<Self> {
        let current = RwLock::new(Arc::new(read(&chain, &key)?));
        Ok(Self { chain, key, current })
    }

    /// Reads the files again. When they can't be used, what was read before stays.
    pub(crate) fn reload(&self) -> anyhow::Result<()> {
        let read = Arc::new(read(&self.chain, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(chain: &Path, key: &Path) -> anyhow::Result<CertifiedKey> {
    let unread = |file: &Path| format!("the certificate can't be used: {} can't be read as PEM", file.display());
    let certificates: Vec<_> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(anyhow::Error::from)
        .with_context(|| unread(chain))?;
    if certificates.is_empty() {
        anyhow::bail!("the certificate can't be used: {} holds none", chain.display());
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(anyhow::Error::from).with_context(|| unread(key))?;
    CertifiedKey::from_der(certificates, private, &ring::default_provider())
        .with_context(|| format!("{} and {} are no certificate and its key", chain.display(), key.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertifiedKey as Made, KeyPair};
    use tempfile::TempDir;

    use super::*;

    fn made(name: &str) -> Made<KeyPair> {
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
    }

    fn write(folder: &TempDir, chain: &str, key: &str) -> (PathBuf, PathBuf) {
        let (chain_file, key_file) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        fs::write(&chain_file, chain).unwrap();
        fs::write(&key_file, key).unwrap();
        (chain_file, key_file)
    }

    #[test]
    fn the_files_are_read_again_when_told() {
        let (folder, old, new) = (TempDir::new().unwrap(), made("old.example"), made("new.example"));
        let (chain, key) = write(&folder, &old.cert.pem(), &old.signing_key.serialize_pem());
        let certificate = Certificate::load(chain, key).unwrap();
        let shown = || certificate.current.read().unwrap().cert[0].clone();
        write(&folder, &new.cert.pem(), &new.signing_key.serialize_pem());
        assert_eq!(shown(), *old.cert.der());
        certificate.reload().unwrap();
        assert_eq!(shown(), *new.cert.der());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_and_the_old_one_stays() {
        let (folder, ours, other) = (TempDir::new().unwrap(), made("a.example"), made("b.example"));
        let (chain, key) = write(&folder, &ours.cert.pem(), &ours.signing_key.serialize_pem());
        let certificate = Certificate::load(chain, key).unwrap();
        write(&folder, &ours.cert.pem(), &other.signing_key.serialize_pem());
        assert!(certificate.reload().unwrap_err().to_string().contains("are no certificate and its key"));
        assert_eq!(certificate.current.read().unwrap().cert[0], *ours.cert.der());
    }

    #[test]
    fn files_that_are_missing_or_hold_something_else_are_named() {
        let (folder, ours) = (TempDir::new().unwrap(), made("a.example"));
        let (chain, key) = write(&folder, "nothing", &ours.signing_key.serialize_pem());
        let refusal = |chain: &Path, key: &Path| {
            format!("{:#}", Certificate::load(chain.to_owned(), key.to_owned()).unwrap_err())
        };
        assert!(refusal(&chain, &key).ends_with("chain.pem holds none"));
        assert!(refusal(Path::new("/nowhere.pem"), &key).contains("/nowhere.pem can't be read"));
        fs::write(&chain, ours.cert.pem()).unwrap();
        assert!(refusal(&chain, &chain).contains("chain.pem can't be read as PEM"));
    }
}
