//! Codes that follow from a secret and the time (RFC 6238), in the form that every authenticator app knows: HMAC-SHA-1,
//! six digits, steps of 30 seconds.

use data_encoding::BASE32_NOPAD;
use kernel::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use subtle::ConstantTimeEq as _;

/// Bytes of a secret, as many as the hash has (RFC 4226, section 4, R6).
pub(super) const SECRET: usize = 20;
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
/// Seconds of a step.
const STEP: i64 = 30;
/// By how many steps a clock may be off (RFC 6238, section 5.2).
const OFF: i64 = 1;

/// The step that this code belongs to, if it belongs to one about now that is later than the one used last.
pub(super) fn step_of(secret: &[u8], code: &str, now: Timestamp, used: Option<i64>) -> Option<i64> {
    let present = now.epoch_seconds().div_euclid(STEP);
    let steps = (present - OFF..=present + OFF).filter(|step| used.is_none_or(|used| *step > used));
    // All are compared, so that the time tells nothing.
    steps.fold(None, |found, step| {
        let right: bool = self::code(secret, step).as_bytes().ct_eq(code.as_bytes()).into();
        if right { Some(step) } else { found }
    })
}

/// The code of a step (RFC 4226, section 5.3).
pub(super) fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0xf);
    let four = hash.iter().skip(offset).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
}

/// The secret as people type it.
pub(super) fn text(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// What an app reads from a QR code.
pub(super) fn uri(user: &str, secret: &[u8]) -> String {
    let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
    let secret = text(secret);
    format!(
        "otpauth://totp/Platbook:{user}?secret={secret}&issuer=Platbook&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_OF_THE_RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(0).plus_seconds(seconds)
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET_OF_THE_RFC, seconds / 30), expected);
            assert_eq!(step_of(SECRET_OF_THE_RFC, expected, at(seconds), None), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_off_by_a_step() {
        let step = |seconds| step_of(SECRET_OF_THE_RFC, "287082", at(seconds), None);
        assert_eq!([0, 29, 30, 89, 90].map(step), [Some(1), Some(1), Some(1), Some(1), None]);
    }

    #[test]
    fn a_step_that_was_used_and_those_before_it_are_over() {
        let step = |used| step_of(SECRET_OF_THE_RFC, "287082", at(59), Some(used));
        assert_eq!([0, 1, 2].map(step), [Some(1), None, None]);
    }

    #[test]
    fn nothing_but_the_six_digits_is_a_code() {
        for wrong in ["", "28708", "2870822", "94287082", "287083"] {
            assert_eq!(step_of(SECRET_OF_THE_RFC, wrong, at(59), None), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_reads_whose_code_it_is() {
        assert_eq!(
            uri("ann@example.com", SECRET_OF_THE_RFC),
            "otpauth://totp/Platbook:ann%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Platbook\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
