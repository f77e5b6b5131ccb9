//! Where a browser goes after it has signed in: somewhere on this server, so that a link can't send anybody who trusts this
//! server to another one.

use kernel::{Error, Result};

/// The longest place, in bytes: it stays in a cookie.
const LONGEST: usize = 1024;

/// The place, if it is one on this server.
pub(super) fn check(place: &str) -> Result<()> {
    // A browser takes "\" for "/", and leaves tabs and line breaks out: both could make two slashes of it.
    let local = place.starts_with('/') && !place.starts_with("//");
    if local && place.len() <= LONGEST && place.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Ok(());
    }
    Err(Error::invalid("return_to", format!("must be a path on this server such as /, of at most {LONGEST} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_this_server_are_returned_to() {
        for place in ["/", "/dev/swagger/", "/ipam?q=a%20b#c", "/a//b"] {
            assert!(check(place).is_ok(), "{place}");
        }
        let long = format!("/{}", "x".repeat(LONGEST));
        for place in [
            "",
            "ipam",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a b",
            "/ä",
            " /",
            &long,
        ] {
            assert!(check(place).unwrap_err().to_string().starts_with("return_to: must be a path"), "{place}");
        }
    }
}
