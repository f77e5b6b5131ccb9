//! Signed requests: a URL that carries an API key and a hash made with the secret that belongs to it.
//!
//! The hash is base64(HMAC-SHA256(query string before `&hash=`, secret)). The query string counts as it was sent,
//! byte for byte. The rule comes from the public page "Making API Requests" of ProVision. A body is not signed.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Error, Result};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

/// A query string that claims to be signed. Nothing in it is to be believed before [`verify`](Self::verify) said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedQuery<'a> {
    /// Whose secret signed it. Keys hold no characters that a URL would encode, so this is the text as sent.
    pub api_key: &'a str,
    /// When it was signed, in Unix seconds, if the caller says so. It is up to the reader to enforce a window.
    pub time: Option<i64>,
    /// The part that is signed. A signature may be used again; who wants to refuse that remembers key and digest.
    pub signed: &'a str,
    /// The HMAC that was sent.
    pub digest: [u8; 32],
}

impl<'a> SignedQuery<'a> {
    /// Finds key and hash in a raw query string: `None` when neither is there.
    ///
    /// The hash must come last, since nothing after it is signed. Its value may be percent-encoded or not; `+` stands
    /// for itself.
    pub fn parse(query: &'a str) -> Result<Option<Self>> {
        let mut api_key = None;
        let mut time = None;
        let mut hash: Option<(usize, &str)> = None;
        let mut start = 0;
        for pair in query.split('&') {
            if hash.is_some() && !pair.is_empty() {
                return refuse("hash: it must be the last parameter of the URL, since nothing after it is signed.");
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match percent_decode_str(name).decode_utf8_lossy().as_ref() {
                "apiKey" => once(&mut api_key, value, "apiKey")?,
                "time" => once(&mut time, value, "time")?,
                "hash" => hash = Some((start, value)),
                _ => {}
            }
            start += pair.len() + 1;
        }
        let (api_key, (start, hash)) = match (api_key, hash) {
            (None, None) => return Ok(None),
            (Some(""), _) => return refuse("apiKey: it is empty."),
            (Some(_), None) => {
                return refuse("hash: a request with apiKey needs a hash as well, as its last parameter.");
            }
            (None, Some(_)) => {
                return refuse("apiKey: a request with a hash needs an apiKey as well, before the hash.");
            }
            (Some(api_key), Some(hash)) => (api_key, hash),
        };
        let Some(digest) = decode(hash) else {
            return refuse("hash: it must be the 32 bytes of an HMAC-SHA256 in base64.");
        };
        let time = time.map(str::parse).transpose().or_else(|_| refuse("time: it must be in whole Unix seconds."))?;
        // The apiKey stands before the hash, so the hash is not at the start.
        Ok(Some(Self { api_key, time, signed: &query[..start - 1], digest }))
    }

    /// Whether the hash was made with this secret. Takes the same time wherever the hash differs.
    pub fn verify(&self, secret: &str) -> bool {
        let made_of = |text: &[u8]| mac(text, secret).verify_slice(&self.digest).is_ok();
        made_of(self.signed.as_bytes()) || as_typed(self.signed).is_some_and(|typed| made_of(&typed))
    }
}

/// A query string with the characters as they are that no URL may hold, and that the server therefore escapes before
/// anything else: quotes, angle brackets and what is not ASCII. Scripts sign them as they send them.
fn as_typed(signed: &str) -> Option<Vec<u8>> {
    let mut typed = Vec::with_capacity(signed.len());
    let mut rest = signed.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = match rest {
            [b'%', high, low, ..] if first == b'%' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .filter(|byte| matches!(byte, b'"' | b'<' | b'>' | 0x80..)),
            _ => None,
        };
        typed.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &rest[3..] } else { behind };
    }
    (typed.len() < signed.len()).then_some(typed)
}

/// The hash that belongs to a query string (without `&hash=`), in base64 but not percent-encoded.
pub fn sign(query: &str, secret: &str) -> String {
    BASE64_STANDARD.encode(mac(query.as_bytes(), secret).finalize().into_bytes())
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(text: &[u8], secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text);
    mac
}

fn decode(hash: &str) -> Option<[u8; 32]> {
    let text: Vec<u8> = percent_decode_str(hash).collect();
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

/// A parameter that decides whom we believe may not be there twice: which one counts would be a guess.
fn once<'a>(slot: &mut Option<&'a str>, value: &'a str, name: &str) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => refuse(&format!("{name}: it may be given only once in a signed request.")),
    }
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(Error::Unauthenticated(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Published with the rule.
    const SECRET: &str = "48b278ec873bda4738923dbc467f8669";
    const QUERY: &str = "target=ipam&action=get&type=IP&mask=24&apiKey=32-5DAYTJQY2TZHOFOB";
    const HASH: &str = "yneSFMyxPPe+3W4IOkVp50K3VStatBcRRak+2ygDUWQ=";

    fn verifies(query: &str) -> bool {
        SignedQuery::parse(query).unwrap().unwrap().verify(SECRET)
    }

    fn refusal(query: &str) -> String {
        match SignedQuery::parse(query) {
            Err(Error::Unauthenticated(why)) => why,
            other => panic!("{query} is not refused: {other:?}"),
        }
    }

    #[test]
    fn what_the_server_escapes_counts_as_it_was_signed_too() {
        let typed = "target=ipam&action=get&attr_compare=>=&id=[\"1\"]&search=ä&apiKey=32-5DAYTJQY2TZHOFOB";
        let escaped = "target=ipam&action=get&attr_compare=%3E=&id=[%221%22]&search=%C3%A4&apiKey=32-5DAYTJQY2TZHOFOB";
        for signed in [typed, escaped] {
            assert!(verifies(&format!("{escaped}&hash={}", sign(signed, SECRET))), "{signed}");
        }
        let other = escaped.replace("%221%22", "%222%22");
        assert!(!verifies(&format!("{other}&hash={}", sign(typed, SECRET))));
        assert_eq!(as_typed("a=%41%2"), None, "what may stand in a URL is left alone");
    }

    #[test]
    fn the_published_example_is_signed_and_verified() {
        assert_eq!(sign(QUERY, SECRET), HASH);
        let url = format!("{QUERY}&hash={HASH}");
        let signed = SignedQuery::parse(&url).unwrap().unwrap();
        assert_eq!((signed.api_key, signed.time, signed.signed), ("32-5DAYTJQY2TZHOFOB", None, QUERY));
        assert!(signed.verify(SECRET));
        assert!(!signed.verify("48b278ec873bda4738923dbc467f8668"));
    }

    #[test]
    fn the_hash_may_be_percent_encoded() {
        let encoded = HASH.replace('+', "%2B").replace('/', "%2F").replace('=', "%3d");
        assert!(verifies(&format!("{QUERY}&hash={encoded}")));
        assert!(verifies(&format!("{QUERY}&%68ash={encoded}")));
    }

    #[test]
    fn a_raw_slash_in_the_hash_is_read() {
        let (query, hash) = (0..1_000)
            .map(|n| format!("{QUERY}&n={n}"))
            .map(|query| (query.clone(), sign(&query, SECRET)))
            .find(|(_, hash)| hash.contains('/'))
            .unwrap();
        assert!(verifies(&format!("{query}&hash={hash}")));
    }

    #[test]
    fn every_byte_and_the_order_count() {
        assert!(!verifies(&format!("{}&hash={HASH}", QUERY.replace("mask=24", "mask=25"))));
        assert!(!verifies(&format!("{}&hash={HASH}", QUERY.replace("ipam", "ip%61m"))));
        assert!(!verifies(&format!("action=get&target=ipam&type=IP&mask=24&apiKey=32-5DAYTJQY2TZHOFOB&hash={HASH}")));
        assert!(!verifies(&format!("{QUERY}&&hash={HASH}")));
        let changed = HASH.replacen('y', "z", 1);
        assert!(!verifies(&format!("{QUERY}&hash={changed}")));
    }

    #[test]
    fn nothing_may_follow_the_hash() {
        for after in ["&mask=8", "&hash=x", "&apiKey=x"] {
            assert!(refusal(&format!("{QUERY}&hash={HASH}{after}")).contains("must be the last parameter"), "{after}");
        }
        assert!(refusal(&format!("hash={HASH}&{QUERY}")).contains("must be the last parameter"));
        assert!(verifies(&format!("{QUERY}&hash={HASH}&")));
    }

    #[test]
    fn key_and_hash_need_each_other() {
        assert_eq!(SignedQuery::parse("target=ipam&action=get").unwrap(), None);
        assert_eq!(SignedQuery::parse("").unwrap(), None);
        assert!(refusal(QUERY).starts_with("hash: a request with apiKey needs a hash"));
        assert!(refusal(&format!("target=ipam&hash={HASH}")).starts_with("apiKey: a request with a hash needs"));
        assert!(refusal(&format!("hash={HASH}")).starts_with("apiKey:"));
        assert!(refusal(&format!("apiKey=&hash={HASH}")).starts_with("apiKey: it is empty"));
    }

    #[test]
    fn what_decides_may_be_given_only_once() {
        assert!(refusal(&format!("{QUERY}&apiKey=1-X&hash={HASH}")).starts_with("apiKey: it may be given only once"));
        assert!(refusal(&format!("{QUERY}&api%4bey=1-X&hash={HASH}")).starts_with("apiKey: it may be given only once"));
        assert!(refusal(&format!("time=1&time=2&{QUERY}&hash={HASH}")).starts_with("time: it may be given only once"));
    }

    #[test]
    fn a_hash_that_can_not_be_one_is_refused() {
        for hash in ["", "x", "%%%", "AAAA", "yneSFMyxPPe 3W4IOkVp50K3VStatBcRRak 2ygDUWQ=", &HASH[..43]] {
            assert!(refusal(&format!("{QUERY}&hash={hash}")).starts_with("hash: it must be the 32 bytes"), "{hash}");
        }
    }

    #[test]
    fn the_time_is_signed_and_told() {
        let query = format!("{QUERY}&time=1400000000");
        let url = format!("{query}&hash={}", sign(&query, SECRET));
        assert_eq!(SignedQuery::parse(&url).unwrap().unwrap().time, Some(1_400_000_000));
        assert!(verifies(&url));
        assert!(
            refusal(&format!("{QUERY}&time=now&hash={HASH}")).starts_with("time: it must be in whole Unix seconds")
        );
    }
}
