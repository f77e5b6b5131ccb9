//! Where contacts are imported from.

use std::{path::PathBuf, sync::Arc};

use access::Hidden;
use clap::{Args, builder::FalseyValueParser};
use drivers::{ADDRESSES, Bind, Ldap, LdapSettings, Rdap};
use kernel::{Error, Result};
use resources::{ContactType, Resources};

/// The password of the sign-in at the directory.
const PASSWORD: &str = "PLATBOOK_LDAP_PASSWORD";

/// The registries and the directory.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ContactSources {
    /// Another address for a registry by RDAP: RIPE=URL, or ARIN= for none (several with commas)
    #[arg(long, env = "PLATBOOK_RDAP", value_name = "RIR=URL", value_delimiter = ',')]
    rdap: Vec<String>,
    /// The directory from which contacts are imported: ldaps://host or ldap://host
    #[arg(long, env = "PLATBOOK_LDAP_URL", value_name = "URL", requires = "ldap_base")]
    ldap_url: Option<String>,
    /// The entry of the directory below which people are: ou=people,dc=example,dc=net
    #[arg(long, env = "PLATBOOK_LDAP_BASE", value_name = "DN")]
    ldap_base: Option<String>,
    /// The attribute that is a person's handle [default: uid]
    #[arg(long, env = "PLATBOOK_LDAP_HANDLE", value_name = "ATTRIBUTE")]
    ldap_handle: Option<String>,
    /// Sign in to the directory by this name, with the password in PLATBOOK_LDAP_PASSWORD
    #[arg(long, env = "PLATBOOK_LDAP_BIND_DN", value_name = "DN")]
    ldap_bind_dn: Option<String>,
    /// Begin TLS on the connection to ldap://
    #[arg(long, env = "PLATBOOK_LDAP_STARTTLS", value_parser = FalseyValueParser::new())]
    ldap_starttls: bool,
    /// The certificates in PEM by which the directory is known [default: those of the system]
    #[arg(long, env = "PLATBOOK_LDAP_CA", value_name = "FILE")]
    ldap_ca: Option<PathBuf>,
}

impl ContactSources {
    /// Sets the sources up.
    pub(crate) fn set_up(&self, mut resources: Resources) -> Result<Resources> {
        for (registry, address) in self.registries()? {
            if !address.is_empty() {
                resources = resources.with_source(registry, Arc::new(Rdap::new(registry, &address)?));
            }
        }
        if let Some(url) = &self.ldap_url {
            let directory = Ldap::new(self.directory(url)?)?;
            resources = resources.with_source(ContactType::Ldap, Arc::new(directory));
        }
        Ok(resources)
    }

    /// All registries, each with its address.
    fn registries(&self) -> Result<Vec<(ContactType, String)>> {
        let mut addresses = ADDRESSES.map(|(registry, address)| (registry, address.to_owned()));
        for pair in &self.rdap {
            let name_and_address = pair.split_once('=');
            let registry = name_and_address.and_then(|(name, address)| {
                let registry = ContactType::parse(name)?;
                Some((addresses.iter_mut().find(|(known, _)| *known == registry)?, address))
            });
            let Some((known, address)) = registry else {
                let names = ADDRESSES.map(|(registry, _)| registry.name()).join(", ");
                return Err(Error::invalid("rdap", format!("{pair} must be one of {names}, then = and an address")));
            };
            address.trim().clone_into(&mut known.1);
        }
        Ok(addresses.into())
    }

    fn directory(&self, url: &str) -> Result<LdapSettings> {
        let bind = match (&self.ldap_bind_dn, std::env::var(PASSWORD)) {
            (None, _) => None,
            (Some(dn), Ok(password)) => Some(Bind { dn: dn.clone(), password: Hidden(password) }),
            (Some(_), Err(_)) => return Err(Error::invalid("ldap-bind-dn", format!("takes a password in {PASSWORD}"))),
        };
        Ok(LdapSettings {
            url: url.to_owned(),
            starttls: self.ldap_starttls,
            ca: self.ldap_ca.clone(),
            base: self.ldap_base.clone().unwrap_or_default(),
            handle_attribute: self.ldap_handle.clone().unwrap_or_else(|| "uid".to_owned()),
            bind,
        })
    }
}
