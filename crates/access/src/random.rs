//! Texts that nobody can guess. Their letters come from the operating system's randomness, through `rand`'s generator
//! for secrets.

use std::sync::Arc;

use kernel::RequestId;

/// What tokens are made of.
pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What the keys of API v1 are made of.
pub(crate) const CAPITALS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// What the secrets of API v1 are made of.
pub(crate) const HEXADECIMAL: &[u8] = b"0123456789abcdef";
/// What a person has to type: no letter looks like another one.
const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A text of this many letters of an alphabet.
pub(crate) fn text(alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[rand::random_range(0..alphabet.len())])).collect()
}

/// A password that can be read out and typed: `k7mpw-x3nqz-9fhrt-2ubva`, of 99 bits.
pub(crate) fn password() -> String {
    [(); 4].map(|()| text(READABLE, 5)).join("-")
}

/// The id of a request that nobody has given one.
pub(crate) fn request_id() -> RequestId {
    RequestId(Arc::from(text(HEXADECIMAL, 16)))
}

/// A recovery code: `k7mpw-x3nqz`, of 49 bits.
pub(crate) fn recovery_code() -> String {
    [(); 2].map(|()| text(READABLE, 5)).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_length_and_alphabet() {
        let token = text(BASE62, 40);
        assert_eq!(token.len(), 40);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(token, text(BASE62, 40));
    }

    #[test]
    fn a_password_is_long_and_easy_to_read() {
        let password = password();
        assert_eq!(password.len(), 23);
        assert!(!password.contains(['0', 'o', '1', 'l', 'i']));
    }
}
