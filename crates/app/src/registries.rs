//! Where blocks are registered, and where the world may ask of them.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;
use drivers::{ArinService, DIRECTORY, REGISTRATION};
use kernel::Result;
use registry::{Publication, Registry};

/// The registries.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Registries {
    /// Where ARIN takes registrations: another address for tests, or nothing to register nowhere
    #[arg(long, env = "PLATBOOK_ARIN", value_name = "URL", default_value = REGISTRATION)]
    arin: String,
    /// Where ARIN shows what is registered, by RDAP
    #[arg(long, env = "PLATBOOK_ARIN_DIRECTORY", value_name = "URL", default_value = DIRECTORY)]
    arin_directory: String,
    /// Let anybody ask of our networks by RDAP at /rdap, whose address for the world is this
    #[arg(long, env = "PLATBOOK_PUBLISH", value_name = "URL")]
    publish: Option<String>,
    /// Let anybody ask of our networks by WHOIS at this address; the usual port is 43
    #[arg(long, env = "PLATBOOK_WHOIS", value_name = "ADDR:PORT")]
    pub(crate) whois: Option<SocketAddr>,
}

impl Registries {
    /// Sets the registries up.
    pub(crate) fn set_up(&self, registry: Registry) -> Result<Registry> {
        if self.arin.trim().is_empty() {
            return Ok(registry);
        }
        Ok(registry.with_arin(Arc::new(ArinService::new(&self.arin, &self.arin_directory)?)))
    }

    /// What is published by RDAP, if anything is. Behind a proxy, that has to see to it that nobody asks too much.
    pub(crate) fn publication(&self, registry: &Registry, behind_proxy: bool) -> Result<Option<Publication>> {
        let Some(address) = &self.publish else { return Ok(None) };
        let publication = Publication::new(registry.clone(), address)?;
        Ok(Some(if behind_proxy { publication.with_limit(None) } else { publication }))
    }
}
