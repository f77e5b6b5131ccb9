//! How a directory is reached.

use std::{path::PathBuf, sync::Arc};

use access::Hidden;
use kernel::{Error, Result};
use reqwest::Url;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::is_loopback;

/// How a directory is reached, and how people are found in it.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// `ldaps://HOST`, or `ldap://HOST`; `:PORT` when it is not the usual one.
    pub url: String,
    /// With `ldap://`: whether TLS begins on the open connection before anything else is said.
    pub starttls: bool,
    /// The certificates, in PEM, by which the directory is known; those of the system when there are none.
    pub ca: Option<PathBuf>,
    /// The entry below which people are: `ou=people,dc=example,dc=net`.
    pub base: String,
    /// The attribute that holds the handle: `uid`; `sAMAccountName` in Active Directory.
    pub handle_attribute: String,
    /// How to sign in; without, what everybody may see is searched.
    pub bind: Option<Bind>,
}

/// A sign-in at a directory.
#[derive(Debug, Clone)]
pub struct Bind {
    /// Whose it is: `cn=platbook,dc=example,dc=net`.
    pub dn: String,
    /// The password. It is in no log and no answer.
    pub password: Hidden<String>,
}

/// A directory, ready to be asked.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) starttls: bool,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) base: String,
    pub(super) handle_attribute: String,
    pub(super) bind: Option<Bind>,
}

impl LdapSettings {
    pub(super) fn check(self) -> Result<Target> {
        let wrong = |rule: &str| Error::invalid("ldap", format!("the directory {}: {rule}", self.url));
        let (url, encrypted) = read_url(&self.url, self.starttls).map_err(wrong)?;
        if self.base.trim().is_empty() {
            return Err(wrong("the entry below which people are must be given"));
        }
        let mut letters = self.handle_attribute.bytes();
        let fits = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
        if !fits || !letters.all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(wrong("the attribute of the handle must be letters, digits and -, with a letter first"));
        }
        if let Some(Bind { dn, password }) = &self.bind {
            if dn.is_empty() || password.0.is_empty() {
                // A directory takes a name without a password for nobody, and lets them in.
                return Err(wrong("a sign-in needs a name and a password"));
            }
            if !encrypted && !is_loopback(&url) {
                return Err(wrong("a password is sent over TLS only: use ldaps://, or StartTLS"));
            }
        }
        let tls = if encrypted { Some(Arc::new(self.tls().map_err(|why| wrong(&why))?)) } else { None };
        let Self { starttls, base, handle_attribute, bind, .. } = self;
        Ok(Target { url, starttls, tls, base, handle_attribute, bind })
    }

    fn tls(&self) -> Result<ClientConfig, String> {
        let Some(file) = &self.ca else { return client_config(None) };
        let unreadable = |error| format!("the certificates in {} can't be read: {error}", file.display());
        let certificates = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
        client_config(Some(certificates.collect::<Result<_, _>>().map_err(unreadable)?))
    }
}

/// The address of a directory, and whether what is said there is encrypted.
pub(super) fn read_url(text: &str, starttls: bool) -> Result<(Url, bool), &'static str> {
    let url = Url::parse(text).map_err(|_| "this is no URL")?;
    let encrypted = match url.scheme() {
        "ldaps" if starttls => return Err("ldaps:// is TLS from the start, so there is no StartTLS"),
        "ldaps" => true,
        "ldap" => starttls,
        _ => return Err("the address must begin with ldaps:// or ldap://"),
    };
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty();
    if url.host_str().is_none_or(str::is_empty) || !bare || url.password().is_some() {
        return Err("the address must be a host and perhaps a port, and nothing else");
    }
    Ok((url, encrypted))
}

/// TLS with a directory that is known by these certificates, or by those of the system.
pub(super) fn client_config(certificates: Option<Vec<CertificateDer<'static>>>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if let Some(certificates) = certificates {
        for certificate in certificates {
            roots.add(certificate).map_err(|error| format!("a certificate is of no use: {error}"))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err("there are no certificates by which to know it".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| error.to_string())?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> LdapSettings {
        LdapSettings {
            url: "ldap://127.0.0.1".to_owned(),
            starttls: false,
            ca: None,
            base: "dc=example".to_owned(),
            handle_attribute: "uid".to_owned(),
            bind: None,
        }
    }

    fn with_password(password: &str) -> LdapSettings {
        let bind = Bind { dn: "cn=reader".to_owned(), password: Hidden(password.to_owned()) };
        LdapSettings { bind: Some(bind), ..settings() }
    }

    #[test]
    fn settings_that_can_not_work_or_are_not_safe_are_refused() {
        let at = |url: &str| LdapSettings { url: url.to_owned(), ..settings() };
        assert!(settings().check().is_ok());
        assert!(with_password("secret").check().is_ok(), "on this machine");
        for (settings, rule) in [
            (at("directory"), "this is no URL"),
            (at("http://127.0.0.1"), "must begin with ldaps:// or ldap://"),
            (at("ldap://"), "must be a host"),
            (at("ldap://ann:secret@127.0.0.1"), "must be a host"),
            (at("ldap://127.0.0.1/dc=x??sub"), "must be a host"),
            (LdapSettings { starttls: true, ..at("ldaps://127.0.0.1") }, "no StartTLS"),
            (LdapSettings { base: " ".to_owned(), ..settings() }, "below which people are"),
            (LdapSettings { handle_attribute: "uid)(cn".to_owned(), ..settings() }, "letters, digits and -"),
            (with_password(""), "needs a name and a password"),
            (LdapSettings { url: "ldap://192.0.2.1".to_owned(), ..with_password("secret") }, "sent over TLS only"),
            (LdapSettings { ca: Some("/nowhere.pem".into()), ..at("ldaps://192.0.2.1") }, "can't be read"),
        ] {
            let refused = settings.check().unwrap_err().to_string();
            assert!(refused.contains(rule), "{refused}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", with_password("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
