//! Looking at a file while it comes in, piece by piece.

use std::fmt::Write as _;

use kernel::{Error, Result};
use ring::digest::{Context, SHA256};

use super::media_type::{HEAD, MediaType};

/// What is known of a file that came in whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// In bytes.
    pub(super) size: i64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// Looks at a file.
pub(super) struct Inspector {
    kind: &'static MediaType,
    largest: u64,
    size: u64,
    head: Vec<u8>,
    digest: Context,
}

impl Inspector {
    /// A file that must be of this kind and may have so many bytes.
    pub(super) fn new(kind: &'static MediaType, largest: u64) -> Self {
        Self { kind, largest, size: 0, head: Vec::with_capacity(HEAD), digest: Context::new(&SHA256) }
    }

    /// Looks at the next piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.size += piece.len() as u64;
        if self.size > self.largest {
            return Err(Error::TooLarge(format!(
                "The file is larger than the {} bytes that it may have.",
                self.largest
            )));
        }
        if self.kind.is_text() && piece.iter().any(|byte| is_control(*byte)) {
            return Err(Error::invalid("file", "holds control characters, which a text does not"));
        }
        let missing = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..missing]);
        self.digest.update(piece);
        Ok(())
    }

    /// At the end of the file.
    pub(super) fn finish(self) -> Result<Content> {
        if self.size == 0 {
            return Err(Error::invalid("file", "is empty"));
        }
        if !self.kind.begins_with(&self.head) {
            let rule = format!("is not what its name says: its content does not begin as {} does", self.kind.name);
            return Err(Error::invalid("file", rule));
        }
        let size = i64::try_from(self.size).map_err(Error::internal)?;
        let mut sha256 = String::with_capacity(64);
        for byte in self.digest.finish().as_ref() {
            _ = write!(sha256, "{byte:02x}");
        }
        Ok(Content { size, sha256 })
    }
}

/// Texts of switches and terminals hold escape sequences; beyond those, spaces and ends of lines and pages, nothing.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c' | b'\x1b' | b'\x08')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(name: &str, pieces: &[&[u8]]) -> Result<Content> {
        let mut inspector = Inspector::new(MediaType::of_name(name)?, 20);
        pieces.iter().try_for_each(|piece| inspector.take(piece))?;
        inspector.finish()
    }

    #[test]
    fn a_file_is_known_by_all_its_pieces() {
        let content = inspect("a.txt", &[b"a", b"", b"bc"]).unwrap();
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(content, Content { size: 3, sha256: sha256.to_owned() });
        assert!(inspect("a.png", &[b"\x89P", b"NG\r", b"\n\x1a\n", b"more"]).is_ok(), "the head comes in pieces, too");
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        for (name, pieces, why) in [
            ("a.txt", &[&b""[..]][..], "file: is empty"),
            ("a.txt", &[b"a", b"b\0"], "file: holds control characters, which a text does not"),
            ("a.gif", &[b"<script>"], "file: is not what its name says: its content does not begin as image/gif does"),
            ("a.txt", &[&[b'x'; 11], &[b'x'; 10]], "The file is larger than the 20 bytes that it may have."),
        ] {
            assert_eq!(inspect(name, pieces).unwrap_err().to_string(), why);
        }
    }
}
