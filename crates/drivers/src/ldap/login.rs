//! Signing in at a directory: somebody's entry is found, and whoever can bind as it with the password is that person.

use std::{collections::HashMap, sync::Arc, time::Duration};

use access::{Hidden, Identity, LdapLogin};
use kernel::{Error, Result};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry, SearchOptions, dn_escape,
    ldap_escape,
};
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::task::JoinSet;

use super::{
    BUSY, SIZE_LIMIT_EXCEEDED, TIME_LIMIT_EXCEEDED, UNAVAILABLE,
    settings::{client_config, read_url},
};
use crate::is_loopback;

/// How long a sign-in may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the directory is told to spend on a search, in seconds.
const SEARCH_SECONDS: i32 = 5;
/// The most groups of a person that are read.
const MOST_GROUPS: i32 = 1000;
/// Where the name of who signs in belongs.
const LOGIN: &str = "%LOGIN%";
/// Where the name of their entry belongs.
const DN: &str = "%DN%";
const MAIL: &str = "mail";

// Result codes of RFC 4511, appendix A: what a directory says to a bind that is not to be.
const CONSTRAINT_VIOLATION: u32 = 19;
const NO_SUCH_OBJECT: u32 = 32;
const INVALID_DN_SYNTAX: u32 = 34;
const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
const INVALID_CREDENTIALS: u32 = 49;
const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
const UNWILLING_TO_PERFORM: u32 = 53;

/// Refuses settings that can't work or are not safe.
pub(crate) fn check_login(login: &LdapLogin, has_secret: bool) -> Result<()> {
    let wrong = |field: &str, rule: &str| Error::invalid(format!("settings.ldap.{field}"), rule);
    let (url, encrypted) = read_url(&login.url, login.starttls).map_err(|rule| wrong("url", rule))?;
    if !encrypted && !is_loopback(&url) {
        return Err(wrong("url", "passwords are sent over TLS only: use ldaps://, or StartTLS"));
    }
    if encrypted {
        tls(login).map_err(|rule| wrong("ca", &rule))?;
    }
    match (&login.user_dn, &login.base) {
        (Some(user_dn), None) if !user_dn.contains(LOGIN) => {
            return Err(wrong("user_dn", "must contain %LOGIN%, in whose place the name of who signs in is put"));
        }
        (Some(_), None) => {}
        (None, Some(base)) if base.trim().is_empty() => return Err(wrong("base", "must name an entry")),
        (None, Some(_)) => {}
        _ => return Err(wrong("base", "give either user_dn, or base and filter to search by")),
    }
    if !login.filter.contains(LOGIN) || ldap3::parse_filter(&login.filter.replace(LOGIN, "x")).is_err() {
        return Err(wrong("filter", "must be a filter of RFC 4515 that contains %LOGIN%, such as (uid=%LOGIN%)"));
    }
    let of_groups = login.group_filter.replace(LOGIN, "x").replace(DN, "x");
    if of_groups == login.group_filter || ldap3::parse_filter(&of_groups).is_err() {
        return Err(wrong("group_filter", "must be a filter of RFC 4515 that contains %DN% or %LOGIN%"));
    }
    if !login.group_attribute.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(wrong("group_attribute", "must be letters, digits and -"));
    }
    if login.bind_dn.is_some() != has_secret {
        return Err(Error::invalid("secret", "is the password of bind_dn: give both of them, or neither"));
    }
    Ok(())
}

/// Asks the directory whether the name and the password belong together.
pub(crate) async fn log_in(
    login: &LdapLogin,
    secret: Option<&Hidden<String>>,
    name: &str,
    password: &Hidden<String>,
) -> Result<Option<Identity>> {
    // A directory takes a name without a password for nobody, and lets them in.
    if name.is_empty() || password.0.is_empty() || name.contains('\0') {
        return Ok(None);
    }
    let late = || Error::Busy(format!("The directory at {} takes too long.", login.url));
    tokio::time::timeout(PATIENCE, Conversation::hold(login, secret, name, password)).await.map_err(|_| late())?
}

fn tls(login: &LdapLogin) -> Result<ClientConfig, String> {
    let Some(ca) = &login.ca else { return client_config(None) };
    let certificates = CertificateDer::pem_slice_iter(ca.as_bytes()).collect::<Result<Vec<_>, _>>();
    client_config(Some(certificates.map_err(|error| format!("the certificates can't be read: {error}"))?))
}

/// A conversation with a directory about somebody.
struct Conversation<'a> {
    login: &'a LdapLogin,
    secret: Option<&'a Hidden<String>>,
    name: &'a str,
    ldap: Ldap,
}

impl<'a> Conversation<'a> {
    async fn hold(
        login: &'a LdapLogin,
        secret: Option<&'a Hidden<String>>,
        name: &'a str,
        password: &Hidden<String>,
    ) -> Result<Option<Identity>> {
        let (url, encrypted) =
            read_url(&login.url, login.starttls).map_err(|rule| Error::invalid("settings.ldap.url", rule))?;
        let mut settings = LdapConnSettings::new().set_starttls(login.starttls);
        if encrypted {
            settings = settings.set_config(Arc::new(tls(login).map_err(Error::internal)?));
        }
        let silent =
            |error: LdapError| Error::Busy(format!("The directory at {} does not answer: {error}.", login.url));
        let (connection, ldap) = LdapConnAsync::with_settings(settings, url.as_str()).await.map_err(silent)?;
        // Ends with this set, however the conversation ends.
        let mut connections = JoinSet::new();
        connections.spawn(connection.drive());
        let mut conversation = Self { login, secret, name, ldap };
        let identity = conversation.find(password).await;
        conversation.ldap.unbind().await.ok();
        identity
    }

    async fn find(&mut self, password: &Hidden<String>) -> Result<Option<Identity>> {
        let (dn, found) = match &self.login.user_dn {
            Some(template) => (template.replace(LOGIN, &dn_escape(self.name)), None),
            None => match self.search().await? {
                Some(entry) => (entry.dn.clone(), Some(entry)),
                None => return Ok(None),
            },
        };
        if !self.bind(&dn, password).await? {
            return Ok(None);
        }
        let entry = match found {
            Some(entry) => Some(entry),
            // By now the person asks about themselves.
            None => self.entries(&dn, Scope::Base, "(objectClass=*)", 1).await?.pop(),
        };
        // A directory writes the names of attributes as it likes.
        let attributes = entry.map(|entry| entry.attrs).unwrap_or_default();
        let attributes: HashMap<String, Vec<String>> =
            attributes.into_iter().map(|(name, values)| (name.to_ascii_lowercase(), values)).collect();
        let all = |name: &str| attributes.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default();
        let mut groups = all(&self.login.group_attribute);
        if let Some(base) = &self.login.group_base {
            self.introduce().await?;
            let escape = |text: &str| ldap_escape(text.to_owned()).into_owned();
            let filter = self.login.group_filter.replace(LOGIN, &escape(self.name)).replace(DN, &escape(&dn));
            groups.extend(self.entries(base, Scope::Subtree, &filter, MOST_GROUPS).await?.into_iter().map(|e| e.dn));
        }
        Ok(Some(Identity { subject: dn, email: all(MAIL).into_iter().next(), groups }))
    }

    /// The one entry of somebody with this name.
    async fn search(&mut self) -> Result<Option<SearchEntry>> {
        self.introduce().await?;
        let filter = self.login.filter.replace(LOGIN, &ldap_escape(self.name));
        let base = self.login.base.as_deref().unwrap_or_default();
        // A second entry is enough to know that there is not one alone.
        let mut found = self.entries(base, Scope::Subtree, &filter, 2).await?;
        match (found.pop(), found.pop()) {
            (Some(_), Some(_)) => {
                let url = &self.login.url;
                Err(Error::conflict(format!(
                    "The directory at {url} knows several people with one name to sign in by."
                )))
            }
            (one, _) => Ok(one),
        }
    }

    /// Says who asks, if the settings say so.
    async fn introduce(&mut self) -> Result<()> {
        let (Some(dn), Some(secret)) = (&self.login.bind_dn, self.secret) else { return Ok(()) };
        if self.bind(dn, secret).await? {
            return Ok(());
        }
        Err(Error::conflict(format!("The directory at {} refuses bind_dn with the method's secret.", self.login.url)))
    }

    /// Whether the directory takes this password for this entry.
    async fn bind(&mut self, dn: &str, password: &Hidden<String>) -> Result<bool> {
        let answer = self.ldap.simple_bind(dn, &password.0).await.map_err(|error| self.silent(&error))?;
        match answer.rc {
            0 => Ok(true),
            CONSTRAINT_VIOLATION
            | NO_SUCH_OBJECT
            | INVALID_DN_SYNTAX
            | INAPPROPRIATE_AUTHENTICATION
            | INVALID_CREDENTIALS
            | INSUFFICIENT_ACCESS_RIGHTS
            | UNWILLING_TO_PERFORM => Ok(false),
            _ => Err(self.refused(&answer)),
        }
    }

    /// Some entries, with what is wanted of them. What may not be seen is not there.
    async fn entries(&mut self, base: &str, scope: Scope, filter: &str, most: i32) -> Result<Vec<SearchEntry>> {
        let options = SearchOptions::new().sizelimit(most).timelimit(SEARCH_SECONDS);
        let wanted = [MAIL, self.login.group_attribute.as_str()];
        let search = self.ldap.with_search_options(options).search(base, scope, filter, wanted).await;
        let ldap3::SearchResult(entries, answer) = search.map_err(|error| self.silent(&error))?;
        match answer.rc {
            0 | SIZE_LIMIT_EXCEEDED | NO_SUCH_OBJECT | INSUFFICIENT_ACCESS_RIGHTS => {
                let entries = entries.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
                Ok(entries.map(SearchEntry::construct).collect())
            }
            _ => Err(self.refused(&answer)),
        }
    }

    fn silent(&self, error: &LdapError) -> Error {
        Error::Busy(format!("The directory at {} does not answer: {error}.", self.login.url))
    }

    fn refused(&self, answer: &LdapResult) -> Error {
        let text = format!("The directory at {} refuses: {answer}.", self.login.url);
        match answer.rc {
            TIME_LIMIT_EXCEEDED | BUSY | UNAVAILABLE => Error::Busy(text),
            _ => Error::conflict(text),
        }
    }
}
