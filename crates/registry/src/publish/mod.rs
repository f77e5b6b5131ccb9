//! Publishing: what anybody may ask of the networks that we hold, by RDAP (RFC 9082, RFC 9083) and by WHOIS (RFC 3912).
//!
//! Published is space of the regional registries, never what is private or of a registry of the instance's own. A range
//! is answered by the smallest block around it that somebody holds, else by the whole aggregate. Who holds it is named,
//! unless the holder wants to be kept private.

mod found;
mod limit;
mod party;
mod rdap;
mod reverse;
mod whois;

use std::{net::IpAddr, sync::Arc, time::Instant};

use kernel::{Error, Result};

pub use limit::Limit;
pub use rdap::api::Client;

use crate::Registry;

/// What is published, and where. Cheap to clone.
#[derive(Clone)]
pub struct Publication {
    registry: Registry,
    /// The address by which the world knows it, with a slash at its end.
    base: Arc<str>,
    /// How much each client may ask; nothing where somebody else sees to that.
    limit: Option<Arc<Limit>>,
}

/// How many questions one client may ask at once.
const AT_ONCE: u32 = 60;
/// How many more it may ask each minute.
const EACH_MINUTE: u32 = 60;

impl Publication {
    /// Publishes what this registry knows. `base` is the address by which the world knows the RDAP service, such as
    /// `https://rdap.example.net/rdap/`.
    pub fn new(registry: Registry, base: &str) -> Result<Self> {
        let base = base.trim();
        let is_url = base.starts_with("https://") || base.starts_with("http://");
        if !is_url || base.contains(['?', '#', '"', ' ']) || base.chars().any(char::is_control) {
            return Err(Error::invalid("publish", format!("{base} is no address that begins with https://")));
        }
        let base = format!("{}/", base.trim_end_matches('/')).into();
        Ok(Self { registry, base, limit: Some(Arc::new(Limit::new(AT_ONCE, EACH_MINUTE))) })
    }

    /// With another limit for each client, or none: behind a proxy all clients look like one.
    #[must_use]
    pub fn with_limit(self, limit: Option<Limit>) -> Self {
        Self { limit: limit.map(Arc::new), ..self }
    }

    /// Whether a client may ask now; if not, in how many seconds.
    fn ask(&self, client: IpAddr) -> Result<(), u64> {
        self.limit.as_ref().map_or(Ok(()), |limit| limit.ask(client, Instant::now()))
    }

    /// The answer to a line of WHOIS.
    pub async fn whois(&self, client: IpAddr, line: &str) -> String {
        whois::answer(self, client, line).await
    }
}
