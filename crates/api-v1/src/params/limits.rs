//! How much a call may carry. Everything beyond is refused, never cut.

use kernel::{Error, Result};

/// The most levels of brackets that a name may have, and of arrays and objects in JSON parameters.
pub const MAX_DEPTH: usize = 8;
/// The most parameters in one query string or one body.
pub const MAX_PAIRS: usize = 10_000;
/// The most bytes in one name, brackets and all; in JSON, in one key: 1 KiB.
pub const MAX_NAME: usize = 1024;
/// The most bytes in one value, decoded: 256 KiB.
pub const MAX_VALUE: usize = 256 * 1024;
/// The most bytes in one body: 4 MiB.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// The most characters of a caller's text that an error repeats.
const MAX_QUOTE: usize = 60;

/// A name or value as it is shown in an error.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

pub(super) fn check_body(bytes: usize) -> Result<()> {
    if bytes > MAX_BODY {
        return Err(Error::TooLarge(format!(
            "The parameters take {bytes} bytes; at most {MAX_BODY} (4 MiB) may be sent in one call."
        )));
    }
    Ok(())
}

pub(super) fn check_pairs(pairs: usize, name: &str) -> Result<()> {
    if pairs > MAX_PAIRS {
        return Err(Error::TooLarge(format!(
            "{}: is parameter number {pairs}; at most {MAX_PAIRS} may be sent in one call.",
            shorten(name)
        )));
    }
    Ok(())
}

pub(super) fn check_depth(depth: usize, name: &str) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::invalid(shorten(name), format!("is nested more than {MAX_DEPTH} levels deep")));
    }
    Ok(())
}

pub(super) fn check_value(name: &str, value: &str) -> Result<()> {
    if value.len() > MAX_VALUE {
        return Err(Error::TooLarge(format!(
            "{}: holds {} bytes; one parameter may hold at most {MAX_VALUE} (256 KiB).",
            shorten(name),
            value.len()
        )));
    }
    check_no_nul(name, value, "its value")
}

/// `part` is what was sent for the name: all of it in a form, only its last key in JSON.
pub(super) fn check_name(name: &str, part: &str) -> Result<()> {
    if part.len() > MAX_NAME {
        return Err(Error::TooLarge(format!(
            "{}: its name has {} bytes; the name of a parameter may have at most {MAX_NAME}.",
            shorten(name),
            part.len()
        )));
    }
    check_no_nul(name, name, "its name")
}

fn check_no_nul(name: &str, text: &str, place: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(shorten(name).replace('\0', "\\0"), format!("{place} contains a NUL byte (%00)")));
    }
    Ok(())
}
