//! The cookie that a browser keeps while it is at a provider. It ties the answer to this browser: nobody can make another
//! one sign in as themselves.

use crate::{PublicUrl, ceremony::PATIENCE, hidden::Hidden};

/// The name over TLS; for its prefix see the cookie of sessions.
const OVER_TLS: &str = "__Host-platbook-oidc";
/// The name on this very machine, without TLS.
const PLAIN: &str = "platbook-oidc";

fn name(url: &PublicUrl) -> &'static str {
    if url.is_over_tls() { OVER_TLS } else { PLAIN }
}

/// The value of `Set-Cookie` that gives it to a browser. `Lax`, since the browser comes back from another site.
pub(super) fn set(kept: &Hidden<String>, url: &PublicUrl) -> String {
    written(&kept.0, PATIENCE, url)
}

/// The value of `Set-Cookie` that takes it away.
pub(super) fn clear(url: &PublicUrl) -> String {
    written("", 0, url)
}

fn written(value: &str, seconds: i64, url: &PublicUrl) -> String {
    let secure = if url.is_over_tls() { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(url))
}

/// What is kept, in the values of `Cookie` headers.
pub(super) fn read<'a>(headers: impl Iterator<Item = &'a [u8]>, url: &PublicUrl) -> Option<Hidden<String>> {
    let pairs = headers.filter_map(|header| str::from_utf8(header).ok()).flat_map(|header| header.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name(url));
    values.next().map(|(_, value)| Hidden(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let (kept, over_tls) = (Hidden("tulip".to_owned()), PublicUrl::parse("https://x.example").unwrap());
        let written = "__Host-platbook-oidc=tulip; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set(&kept, &over_tls), written);
        assert_eq!(read([&b"a=1; __Host-platbook-oidc=tulip"[..]].into_iter(), &over_tls), Some(kept));
        assert_eq!(read([&b"platbook-oidc=tulip"[..]].into_iter(), &over_tls), None);
        assert!(clear(&over_tls).contains("=; Path=/; Max-Age=0;"));
    }
}
