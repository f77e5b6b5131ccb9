//! A directory that knows people: LDAP (RFC 4511).

mod entry;
mod login;
mod settings;

use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry, SearchOptions, ldap_escape};
use resources::{FoundContact, Source};
use tokio::task::JoinSet;

pub(crate) use self::login::{check_login, log_in};
use self::settings::Target;
pub use self::settings::{Bind, LdapSettings};

/// How long a look-up may take in all.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the directory is told to spend on the search, in seconds.
const SEARCH_SECONDS: i32 = 10;

/// A directory in which people are found by an attribute, such as their user id.
#[derive(Debug)]
pub struct Ldap {
    target: Target,
    patience: Duration,
}

impl Ldap {
    /// The directory with these settings.
    pub fn new(settings: LdapSettings) -> Result<Self> {
        Self::with_patience(settings, PATIENCE)
    }

    /// The same, for tests that do not want to wait.
    pub fn with_patience(settings: LdapSettings, patience: Duration) -> Result<Self> {
        Ok(Self { target: settings.check()?, patience })
    }

    async fn ask(&self, handle: &str) -> Result<FoundContact> {
        let late = || Error::Busy(format!("The directory at {} takes too long.", self.target.url));
        tokio::time::timeout(self.patience, self.converse(handle)).await.map_err(|_| late())?
    }

    async fn converse(&self, handle: &str) -> Result<FoundContact> {
        let target = &self.target;
        let mut settings = LdapConnSettings::new().set_starttls(target.starttls);
        if let Some(tls) = &target.tls {
            settings = settings.set_config(tls.clone());
        }
        let silent = |error| self.silent(&error);
        let (connection, mut ldap) =
            LdapConnAsync::with_settings(settings, target.url.as_str()).await.map_err(silent)?;
        // Ends with this set, however the conversation ends.
        let mut connections = JoinSet::new();
        connections.spawn(connection.drive());
        if let Some(Bind { dn, password }) = &target.bind {
            let answer = ldap.simple_bind(dn, &password.0).await.map_err(silent)?;
            self.accepted(&answer, "the sign-in")?;
        }
        // A second entry is enough to know that there is not one alone.
        let options = SearchOptions::new().sizelimit(2).timelimit(SEARCH_SECONDS);
        let filter = format!("(&(objectClass=person)({}={}))", target.handle_attribute, ldap_escape(handle));
        let wanted = entry::wanted(&target.handle_attribute);
        let search = ldap.with_search_options(options).search(&target.base, Scope::Subtree, &filter, wanted);
        let (entries, answer) = search.await.map_err(silent).map(|found| (found.0, found.1))?;
        let mut entries = entries.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
        let (first, second) = (entries.next(), entries.next());
        if second.is_some() || answer.rc == SIZE_LIMIT_EXCEEDED {
            return Err(Error::conflict(format!("The directory knows several people with the handle \"{handle}\".")));
        }
        self.accepted(&answer, "the search")?;
        ldap.unbind().await.ok();
        let first = first.ok_or_else(|| Error::not_found(format!("The directory knows no \"{handle}\".")))?;
        let found = entry::contact(SearchEntry::construct(first), &target.handle_attribute);
        found.map_err(|why| Error::conflict(format!("The entry of \"{handle}\" in the directory {why}.")))
    }

    /// There was no answer.
    fn silent(&self, error: &LdapError) -> Error {
        let url = &self.target.url;
        match error {
            LdapError::LdapResult { result } => {
                self.accepted(result, "the conversation").err().unwrap_or_else(|| Error::internal(error))
            }
            other => Error::Busy(format!("The directory at {url} does not answer: {other}.")),
        }
    }

    /// Refuses what the directory has refused.
    fn accepted(&self, answer: &LdapResult, what: &str) -> Result<()> {
        let url = &self.target.url;
        match answer.rc {
            0 => Ok(()),
            TIME_LIMIT_EXCEEDED | BUSY | UNAVAILABLE => {
                Err(Error::Busy(format!("The directory at {url} can't answer now: {answer}.")))
            }
            _ => Err(Error::conflict(format!("The directory at {url} refuses {what}: {answer}."))),
        }
    }
}

// Result codes of RFC 4511, appendix A.
const TIME_LIMIT_EXCEEDED: u32 = 3;
const SIZE_LIMIT_EXCEEDED: u32 = 4;
const BUSY: u32 = 51;
const UNAVAILABLE: u32 = 52;

impl Source for Ldap {
    fn look_up<'a>(&'a self, handle: &'a str) -> BoxFuture<'a, Result<FoundContact>> {
        Box::pin(self.ask(handle))
    }
}
