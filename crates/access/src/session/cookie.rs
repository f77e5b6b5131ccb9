//! The cookie that holds a session's secret, and the token that shows that a request comes from a page of ours.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Error, Result};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::{Access, hidden::Hidden, master_key::MasterKey};

/// The header that carries the token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// The cookie over TLS. A browser takes this prefix from this very host only, and only over TLS (RFC 6265bis, 4.1.3.2),
/// so no neighbour below the same domain can put one of its own in the place of ours.
const OVER_TLS: &str = "__Host-platbook";
/// The cookie on this very machine, without TLS.
const PLAIN: &str = "platbook";

const fn name(tls: bool) -> &'static str {
    if tls { OVER_TLS } else { PLAIN }
}

/// The secret in the values of `Cookie` headers.
pub(crate) fn in_cookies<'a>(headers: impl Iterator<Item = &'a [u8]>, tls: bool) -> Option<Hidden<String>> {
    let pairs = headers.filter_map(|header| str::from_utf8(header).ok()).flat_map(|header| header.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name(tls));
    values.next().map(|(_, value)| Hidden(value.to_owned()))
}

/// The value of `Set-Cookie` that gives a browser the secret. It goes away with the browser.
pub(super) fn set(secret: &Hidden<String>, tls: bool) -> String {
    format!("{}={}; Path=/; HttpOnly; SameSite=Lax{}", name(tls), secret.0, if tls { "; Secure" } else { "" })
}

/// The value of `Set-Cookie` that takes it away.
pub(super) fn clear(tls: bool) -> String {
    format!("{}; Max-Age=0", set(&Hidden(String::new()), tls))
}

/// The token that belongs to a session. It follows from the secret, so nothing is kept of it, and without the master key
/// nobody can work it out.
pub(super) fn csrf_token(key: &MasterKey, secret: &Hidden<String>) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.derive("session csrf")?).map_err(Error::internal)?;
    mac.update(secret.0.as_bytes());
    Ok(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

impl Access {
    /// Whether this is the token that belongs to the session.
    pub(crate) fn is_csrf_token(&self, secret: &Hidden<String>, shown: &[u8]) -> Result<bool> {
        let token = csrf_token(&self.0.master_key, secret)?;
        Ok(token.as_bytes().ct_eq(shown).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&str], tls: bool) -> Option<String> {
        in_cookies(headers.iter().map(|header| header.as_bytes()), tls).map(|secret| secret.0)
    }

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        assert_eq!(read(&["a=1; __Host-platbook=tulip; b=2"], true).as_deref(), Some("tulip"));
        assert_eq!(read(&["a=1", "platbook=tulip"], false).as_deref(), Some("tulip"));
        assert_eq!(read(&["a=1", "xplatbook=tulip", "platbook"], false), None);
    }

    #[test]
    fn the_cookie_of_a_plain_way_counts_for_nothing_over_tls() {
        assert_eq!(read(&["platbook=tulip"], true), None);
        assert_eq!(read(&["__Host-platbook=tulip"], false), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let secret = Hidden("tulip".to_owned());
        assert_eq!(set(&secret, true), "__Host-platbook=tulip; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set(&secret, false), "platbook=tulip; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(clear(true), "__Host-platbook=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    }
}
