//! As of when something is asked.

use kernel::{Result, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::instant;

/// When a thing is looked at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Shows it as it was at this time (RFC 3339), all changes of that very moment included. The permissions are those
    /// of now.
    #[param(example = "2026-01-31T14:05:09Z")]
    as_of: Option<String>,
}

impl When {
    /// The instant, if one is given.
    pub fn at(&self) -> Result<Option<Timestamp>> {
        self.as_of.as_deref().map(|text| instant("as_of", text)).transpose()
    }
}

/// Two times.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// The first time (RFC 3339).
    #[param(example = "2026-01-31T14:05:09Z")]
    from: String,
    /// The second time (RFC 3339); now, when it is not given.
    to: Option<String>,
}

impl Between {
    /// The two instants; the second is missing when it is now.
    pub fn instants(&self) -> Result<(Timestamp, Option<Timestamp>)> {
        let to = self.to.as_deref().map(|to| instant("to", to)).transpose()?;
        Ok((instant("from", &self.from)?, to))
    }
}
