//! Where blocks are registered.

use std::sync::Arc;

use clap::Args;
use drivers::{ArinService, DIRECTORY, REGISTRATION};
use kernel::Result;
use registry::Registry;

/// The registries.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Registries {
    /// Where ARIN takes registrations: another address for tests, or nothing to register nowhere
    #[arg(long, env = "PLATBOOK_ARIN", value_name = "URL", default_value = REGISTRATION)]
    arin: String,
    /// Where ARIN shows what is registered, by RDAP
    #[arg(long, env = "PLATBOOK_ARIN_DIRECTORY", value_name = "URL", default_value = DIRECTORY)]
    arin_directory: String,
}

impl Registries {
    /// Sets the registries up.
    pub(crate) fn set_up(&self, registry: Registry) -> Result<Registry> {
        if self.arin.trim().is_empty() {
            return Ok(registry);
        }
        Ok(registry.with_arin(Arc::new(ArinService::new(&self.arin, &self.arin_directory)?)))
    }
}
