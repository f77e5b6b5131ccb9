//! Us, as the site to which passkeys belong.

use kernel::{Error, Result, UserId};
use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Uuid};

use crate::Access;

/// What a browser shows its user beside the name of the site.
const NAME: &str = "Platbook";

impl Access {
    /// The rules by which passkeys are made and proven here.
    pub(super) fn webauthn(&self) -> Result<Webauthn> {
        let url = self.public_url()?.url();
        let site = url.domain().ok_or_else(|| {
            Error::conflict(format!(
                "Passkeys belong to the name of a site, and {url} has none: it must not be an address."
            ))
        })?;
        WebauthnBuilder::new(site, url).and_then(|builder| builder.rp_name(NAME).build()).map_err(Error::internal)
    }

    /// What a device keeps of a user: it is the same for all their passkeys, and says nothing about them.
    pub(super) fn user_handle(&self, user: UserId) -> Result<Uuid> {
        let bytes = self.0.master_key.derive(&format!("the passkeys of user {user}"))?;
        let (first, _) = bytes.split_at(16);
        Uuid::from_slice(first).map_err(Error::internal)
    }
}
