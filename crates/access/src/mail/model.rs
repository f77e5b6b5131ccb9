//! What a mail is.

use std::fmt;

use kernel::{FieldErrors, Result};
use serde::{Deserialize, Serialize};

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;
/// The longest body, in bytes.
const LONGEST_BODY: usize = 65_536;

/// A mail in plain text to one person. Who writes it need not think of headers, encodings or line ends; it is from the
/// address in the settings. What it says is not shown by `Debug`, since it may hold a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address: `ann@example.net`.
    pub to: String,
    /// What it is about: 1 to 200 characters on one line.
    pub subject: String,
    /// What it says: up to 64 KiB, lines ended by `\n`.
    pub body: String,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("to", &self.to).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Mail {
    /// Refuses what can't be one mail to one person, and so every attempt to add headers or recipients.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if !is_address(&self.to) {
            errors.push("to", "must be an address such as ann@example.com");
        }
        let length = self.subject.chars().count();
        if !(1..=LONGEST_SUBJECT).contains(&length) || self.subject.contains(breaks_lines) {
            errors.push("subject", format!("must have 1 to {LONGEST_SUBJECT} characters on one line"));
        }
        let unprintable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if self.body.len() > LONGEST_BODY || self.body.contains(unprintable) {
            errors.push("body", format!("must be text of at most {LONGEST_BODY} bytes, without control characters"));
        }
        errors.into_result()
    }
}

/// Whether a text can be one address of mail. Whether mail arrives there only a mail can tell.
pub(crate) fn is_address(text: &str) -> bool {
    // What has a meaning of its own in a header (RFC 5322, section 3.2.3).
    let special = |c: char| c.is_whitespace() || breaks_lines(c) || "()<>[],;:\\\"".contains(c);
    let parts = text.split_once('@').is_some_and(|(to, at)| !to.is_empty() && !at.is_empty() && !at.contains('@'));
    parts && text.len() <= LONGEST_ADDRESS && !text.contains(special)
}

/// Controls, and what some programs take for the end of a line.
fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail { to: "ann@example.net".to_owned(), subject: "Ready".to_owned(), body: "Done.\n".to_owned() }
    }

    #[test]
    fn a_mail_has_one_recipient_and_no_way_to_add_headers() {
        assert!(mail().check().is_ok());
        for to in [
            "",
            "ann",
            "a@b@c",
            "ann@example.net,bob@example.net",
            "ann@example.net\r\nBcc: bob@example.net",
            "Ann <ann@example.net>",
            "ann@exa mple.net",
            "\"ann\"@example.net",
            &format!("{}@x", "a".repeat(253)),
        ] {
            let refused = Mail { to: to.to_owned(), ..mail() }.check().unwrap_err().to_string();
            assert!(refused.starts_with("to: must be an address"), "{to}");
        }
        for subject in ["", "Ready\nBcc: bob@example.net", "a\rb", "a\0b", "a\u{2028}b", &"x".repeat(201)] {
            let refused = Mail { subject: subject.to_owned(), ..mail() }.check().unwrap_err().to_string();
            assert!(refused.starts_with("subject: must have 1 to 200"), "{subject}");
        }
        for body in ["a\0b", &"x".repeat(LONGEST_BODY + 1)] {
            assert!(Mail { body: body.to_owned(), ..mail() }.check().is_err());
        }
    }

    #[test]
    fn what_a_mail_says_is_not_shown() {
        assert!(!format!("{:?}", Mail { body: "tulip".to_owned(), ..mail() }).contains("tulip"));
    }
}
