//! A certificate of the server's own, for those who have no other one yet. It is made at the first start and kept, so
//! that clients can learn to know it (`--cacert`).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rcgen::{CertificateParams, DnType, KeyPair};

/// The two files.
pub(super) struct Files {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
}

/// What is in the directory; what is missing is made. It is good for this machine's name and the given address.
pub(super) fn find_or_make(directory: &Path, address: IpAddr) -> anyhow::Result<Files> {
    let files = Files { chain: directory.join("certificate.pem"), key: directory.join("certificate.key") };
    if !files.key.exists() {
        keep(&files.key, 0o600, &KeyPair::generate()?.serialize_pem())?;
    }
    if !files.chain.exists() {
        // The key may be that of another node which started at the same moment in the same directory.
        let key = fs::read_to_string(&files.key).with_context(|| format!("{} can't be read", files.key.display()))?;
        let key = KeyPair::from_pem(&key).with_context(|| format!("{} is no private key", files.key.display()))?;
        keep(&files.chain, 0o644, &parameters(address)?.self_signed(&key)?.pem())?;
    }
    Ok(files)
}

/// It never expires: whoever trusts it has looked at it, and nobody would renew it.
fn parameters(address: IpAddr) -> anyhow::Result<CertificateParams> {
    let mut names = vec!["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
    if !address.is_unspecified() && !address.is_loopback() {
        names.push(address.to_string());
    }
    names.extend(own_name());
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, "Platbook, self-signed");
    Ok(parameters)
}

/// The name of this machine, where the system tells.
fn own_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_ascii_lowercase();
    let sound = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    sound.then_some(name)
}

/// Makes a file that appears under its name only when it is whole, and never in place of one that is there.
fn keep(path: &Path, permissions: u32, text: &str) -> anyhow::Result<()> {
    let draft = path.with_extension(format!("{:08x}", rand::random::<u32>()));
    let make = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(permissions).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    let outcome = make();
    fs::remove_file(&draft).ok();
    outcome.with_context(|| format!("{} can't be made", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    #[test]
    fn it_is_made_once_and_its_key_is_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = find_or_make(folder.path(), ANY).unwrap();
        let (chain, key) = (fs::read(&files.chain).unwrap(), fs::read(&files.key).unwrap());
        assert_eq!(fs::metadata(&files.key).unwrap().permissions().mode() & 0o777, 0o600);
        find_or_make(folder.path(), ANY).unwrap();
        assert_eq!((fs::read(&files.chain).unwrap(), fs::read(&files.key).unwrap()), (chain, key));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left behind");
    }

    #[test]
    fn a_start_that_broke_off_between_the_two_files_is_made_up_for() {
        let folder = tempfile::tempdir().unwrap();
        let files = find_or_make(folder.path(), ANY).unwrap();
        fs::remove_file(&files.chain).unwrap();
        let files = find_or_make(folder.path(), ANY).unwrap();
        super::super::Certificate::load(files.chain, files.key).unwrap();
    }
}
