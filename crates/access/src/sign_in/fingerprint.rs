//! Fingerprints: how credentials are remembered without being kept.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Result;
use sha2::Sha256;

use crate::master_key::MasterKey;

/// What stands for some credentials in memory.
pub(crate) type Fingerprint = [u8; 32];

/// Takes fingerprints under a key that nobody outside has: no table of known passwords leads back to them.
pub(crate) struct Fingerprints(Hmac<Sha256>);

impl Fingerprints {
    /// Under a key that this process made, for what stays in its memory.
    pub(crate) fn new() -> Self {
        Self::under(rand::random())
    }

    /// Under a key that all nodes have, for what they share.
    pub(crate) fn shared(master_key: &MasterKey) -> Result<Self> {
        master_key.derive("sign-in fingerprints").map(Self::under)
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn under(key: [u8; 32]) -> Self {
        Self(Hmac::new_from_slice(&key).expect("HMAC takes keys of any length"))
    }

    /// The fingerprint of some texts, none of which but the last may contain a NUL.
    pub(crate) fn of(&self, texts: &[&str]) -> Fingerprint {
        let mut mac = self.0.clone();
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                mac.update(&[0]);
            }
            mac.update(text.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_and_so_are_processes() {
        let fingerprints = Fingerprints::new();
        assert_eq!(fingerprints.of(&["ab", "c"]), fingerprints.of(&["ab", "c"]));
        assert_ne!(fingerprints.of(&["ab", "c"]), fingerprints.of(&["a", "bc"]));
        assert_ne!(fingerprints.of(&["ab", "c"]), Fingerprints::new().of(&["ab", "c"]));
    }
}
