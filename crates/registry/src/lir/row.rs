//! The table.

use access::{Hidden, MasterKey};
use kernel::{Asn, Error, LirId, ResourceId, Result};
use store::Bytes;

store::record! {
    /// What makes a resource an LIR.
    pub struct LirRow in "lir" secret ["api_key", "password"] {
        /// The id, which is that of the resource.
        id: LirId,
        /// How often it changed.
        version: i64,
        /// The regional registry.
        rir: String,
        /// Its AS number.
        asn: Option<Asn>,
        /// Its organisations at the registry, a JSON list.
        org_ids: String,
        /// The administrative contact.
        admin_poc: Option<String>,
        /// The technical contact.
        tech_poc: Option<String>,
        /// The contact for abuse.
        abuse_poc: Option<String>,
        /// What the names of its networks begin with.
        net_name_prefix: Option<String>,
        /// Its maintainer, where the registry has them.
        maintainer: Option<String>,
        /// The API key, sealed.
        api_key: Option<Hidden<Bytes>>,
        /// The password of the maintainer, sealed.
        password: Option<Hidden<Bytes>>,
    }
}

/// Which secret of an LIR.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Secret {
    ApiKey,
    Password,
}

impl Secret {
    /// Where it is sealed, so that none can be put in the place of another one.
    fn context(self, lir: LirId) -> String {
        let name = match self {
            Self::ApiKey => "API key",
            Self::Password => "password",
        };
        format!("the {name} of LIR {lir}")
    }

    /// Seals it.
    pub(crate) fn seal(self, key: &MasterKey, lir: LirId, plain: &Hidden<String>) -> Result<Hidden<Bytes>> {
        Ok(Hidden(Bytes(key.seal(&self.context(lir), plain.0.as_bytes())?)))
    }
}

impl LirRow {
    /// The resource that it is.
    pub(crate) const fn resource(&self) -> ResourceId {
        ResourceId(self.id.0)
    }

    /// Its organisations at the registry.
    pub(crate) fn org_ids(&self) -> Vec<String> {
        serde_json::from_str(&self.org_ids).unwrap_or_default()
    }

    /// The API key, opened. It is asked for only where something is sent.
    pub(crate) fn api_key(&self, key: &MasterKey) -> Result<Hidden<String>> {
        let id = self.id;
        let Some(sealed) = &self.api_key else {
            return Err(Error::conflict(format!("LIR {id} has no API key: give it one under /ipam/lirs/{id}.")));
        };
        let plain = key.open(&Secret::ApiKey.context(id), &sealed.0.0)?;
        String::from_utf8(plain).map(Hidden).map_err(Error::internal)
    }
}
