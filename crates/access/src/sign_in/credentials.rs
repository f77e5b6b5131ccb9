//! What a caller shows to be let in.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kernel::{Error, Result};

use crate::{hidden::Hidden, token};

/// What a caller shows. Its debug output shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A user's name and password.
    Basic {
        /// The name, in any case.
        name: String,
        /// The password.
        password: Hidden<String>,
        /// By which kind of sign-in or which login method it is to be checked; by whichever knows it when nothing is
        /// said.
        kind: Option<String>,
    },
    /// An API token.
    Bearer(
        /// The token.
        Hidden<String>,
    ),
    /// The secret of a session, from a cookie.
    Session(
        /// The secret.
        Hidden<String>,
    ),
    /// The raw query of an API v1 URL that carries `apiKey` and `hash`.
    Signed(
        /// The query, byte for byte as it was sent.
        Hidden<String>,
    ),
}

/// Some clients leave the padding off.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Credentials {
    /// Reads the value of an `Authorization` header.
    pub fn from_header(value: &[u8]) -> Result<Self> {
        let text = str::from_utf8(value).unwrap_or_default();
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        if scheme.eq_ignore_ascii_case("Basic") {
            basic(rest.trim()).ok_or_else(|| {
                let form = "The Authorization header can't be read: behind \"Basic\" belongs the base64 form of \
                            \"name:password\" in UTF-8, without control characters.";
                Error::Unauthenticated(form.to_owned())
            })
        } else if scheme.eq_ignore_ascii_case("Bearer") {
            Ok(Self::Bearer(Hidden(rest.trim().to_owned())))
        } else {
            let schemes = format!(
                "The Authorization header must begin with \"Basic\" (user name and password) or \"Bearer\" (an API \
                 token, which begins with {}).",
                token::PREFIX
            );
            Err(Error::Unauthenticated(schemes))
        }
    }
}

/// RFC 7617: the first colon ends the name, and neither part holds control characters.
fn basic(encoded: &str) -> Option<Credentials> {
    let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (name, password) = text.split_once(':').filter(|_| !text.contains(char::is_control))?;
    Some(Credentials::Basic { name: name.to_owned(), password: Hidden(password.to_owned()), kind: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Credentials {
        Credentials::from_header(header.as_bytes()).unwrap()
    }

    fn named(name: &str, password: &str) -> Credentials {
        Credentials::Basic { name: name.to_owned(), password: Hidden(password.to_owned()), kind: None }
    }

    #[test]
    fn name_and_password_are_read_in_the_form_of_rfc_7617() {
        assert_eq!(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), named("Aladdin", "open sesame"));
        assert_eq!(read("basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ"), named("Aladdin", "open sesame"));
        assert_eq!(read("Basic dGVzdDoxMjPCow=="), named("test", "123£"));
        assert_eq!(read("Basic YTpiOmM="), named("a", "b:c"), "a password may hold colons");
    }

    #[test]
    fn a_token_is_read() {
        assert_eq!(read("bearer  pb_abc "), Credentials::Bearer(Hidden("pb_abc".to_owned())));
    }

    #[test]
    fn what_can_not_be_read_is_refused_with_the_form() {
        for header in ["Basic", "Basic %", "Basic YWJj", "Basic YQA6Yg==", "Basic /zph"] {
            let error = Credentials::from_header(header.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("\"name:password\""), "{header}: {error}");
        }
        for header in [&b"Digest x"[..], b"", b"\xff"] {
            let error = Credentials::from_header(header).unwrap_err();
            assert!(error.to_string().contains("must begin with \"Basic\""), "{error}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        for header in ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Bearer open sesame"] {
            let shown = format!("{:?}", read(header));
            assert!(!shown.contains("sesame"), "{shown}");
        }
    }
}
