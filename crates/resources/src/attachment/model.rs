//! What an attachment is.

use kernel::{Error, ResourceId, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};

store::record! {
    #[derive(Serialize, Deserialize)]
    /// What is known of a file that is attached to a resource.
    pub struct Attachment in "resource_attachment" secret [] part_of [("resource_id", "resource")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The resource.
        resource_id: ResourceId,
        /// The name of the file, of at most 255 characters. Several files may have the same.
        name: String,
        /// What it is (RFC 6838), as found by its name and its content, whatever the caller said.
        media_type: String,
        /// Its size in bytes.
        size: i64,
        /// The SHA-256 of its content, in hexadecimal digits.
        sha256: String,
        /// The name of its object in the storage.
        object: String,
        /// The user who attached it; none for the system itself.
        actor_id: Option<UserId>,
        /// The name of who attached it.
        actor: String,
        /// When it was attached.
        created_at: Timestamp,
    }
}

/// The longest name, in characters.
const LONGEST_NAME: usize = 255;

/// The rules for the name of a file: it must not be a path, nor look like another name than it is.
pub(super) fn check_name(name: &str) -> Result<()> {
    // Characters that turn the direction of writing round let `gpj.exe` read as `exe.jpg`.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = |c: char| !c.is_control() && !turns(c) && !matches!(c, '/' | '\\');
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(fits) {
        let rule = format!("must be a file name of 1 to {LONGEST_NAME} printable characters without / and \\");
        return Err(Error::invalid("name", rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_looks_like_what_it_is() {
        for name in ["a.txt", "Rack 7 – front.jpg", ".config.txt", "契約.pdf"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "  ", "../a.txt", "a\\b.txt", "a\nb.txt", "a\0.txt", "exe.\u{202e}gpj.txt", &"x".repeat(256)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
