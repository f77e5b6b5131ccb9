//! Which files may be attached. Name and content must both say that it is one of these; what the caller says it is
//! counts for nothing. Pages and scripts, which a browser would run, are not among them.

use kernel::{Error, Result};

/// How much of a file is looked at to recognise it, in bytes.
pub(super) const HEAD: usize = 12;

/// A kind of file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    /// As it is named on the wire.
    pub(super) name: &'static str,
    /// With what its names end, in small letters.
    extensions: &'static [&'static str],
    /// With what its content begins; a text begins with anything.
    pub(super) signatures: &'static [Signature],
    /// How it may be shown without being saved first.
    pub(super) preview: Option<Preview>,
}

/// Bytes, each with its place from the beginning of a file.
type Signature = &'static [(usize, &'static [u8])];

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preview {
    /// As the picture that it is.
    Image,
    /// As plain text, whatever it means.
    Text,
}

const ZIP: &[Signature] = &[&[(0, b"PK\x03\x04")]];
const TEXT: &[Signature] = &[];

const fn image(name: &'static str, extensions: &'static [&'static str], signatures: &'static [Signature]) -> MediaType {
    MediaType { name, extensions, signatures, preview: Some(Preview::Image) }
}

const fn text(name: &'static str, extensions: &'static [&'static str]) -> MediaType {
    MediaType { name, extensions, signatures: TEXT, preview: Some(Preview::Text) }
}

const fn other(name: &'static str, extensions: &'static [&'static str], signatures: &'static [Signature]) -> MediaType {
    MediaType { name, extensions, signatures, preview: None }
}

const ALL: &[MediaType] = &[
    image("image/png", &["png"], &[&[(0, b"\x89PNG\r\n\x1a\n")]]),
    image("image/jpeg", &["jpg", "jpeg"], &[&[(0, b"\xff\xd8\xff")]]),
    image("image/gif", &["gif"], &[&[(0, b"GIF87a")], &[(0, b"GIF89a")]]),
    image("image/webp", &["webp"], &[&[(0, b"RIFF"), (8, b"WEBP")]]),
    text("text/plain", &["txt", "log", "md", "cfg", "conf", "ini", "yaml", "yml", "xml", "drawio"]),
    text("text/csv", &["csv"]),
    text("application/json", &["json"]),
    other("application/pdf", &["pdf"], &[&[(0, b"%PDF-")]]),
    other("application/zip", &["zip"], ZIP),
    other("application/gzip", &["gz", "tgz"], &[&[(0, b"\x1f\x8b")]]),
    other("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"], ZIP),
    other("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"], ZIP),
    other("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"], ZIP),
    other("application/vnd.oasis.opendocument.text", &["odt"], ZIP),
    other("application/vnd.oasis.opendocument.spreadsheet", &["ods"], ZIP),
    other("application/vnd.oasis.opendocument.presentation", &["odp"], ZIP),
    other("application/vnd.ms-visio.drawing.main+xml", &["vsdx"], ZIP),
    other(
        "application/vnd.tcpdump.pcap",
        &["pcap"],
        &[
            &[(0, b"\xd4\xc3\xb2\xa1")],
            &[(0, b"\xa1\xb2\xc3\xd4")],
            &[(0, b"\x4d\x3c\xb2\xa1")],
            &[(0, b"\xa1\xb2\x3c\x4d")],
        ],
    ),
    other("application/x-pcapng", &["pcapng"], &[&[(0, b"\x0a\x0d\x0d\x0a")]]),
];

impl MediaType {
    /// The kind of file that has this name.
    pub(super) fn of_name(name: &str) -> Result<&'static Self> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let found = extension.and_then(|extension| ALL.iter().find(|t| t.extensions.contains(&extension.as_str())));
        found.ok_or_else(|| {
            let known: Vec<&str> = ALL.iter().flat_map(|t| t.extensions).copied().collect();
            Error::invalid("name", format!("must end with one of these: .{}", known.join(", .")))
        })
    }

    /// The kind that is named so on the wire.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|known| known.name == name)
    }

    /// Whether a file of this kind begins like this.
    pub(super) fn begins_with(&self, head: &[u8]) -> bool {
        let is = |(place, bytes): &(usize, &[u8])| head.get(*place..).is_some_and(|rest| rest.starts_with(bytes));
        self.signatures.is_empty() || self.signatures.iter().any(|signature| signature.iter().all(is))
    }

    /// Whether it is a text.
    pub(super) fn is_text(&self) -> bool {
        self.signatures.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_a_file_is_and_the_content_must_agree() {
        let of = |name| MediaType::of_name(name).unwrap();
        assert_eq!(of("Rack.JPEG").name, "image/jpeg");
        assert_eq!(of("switch.tar.gz").name, "application/gzip");
        assert!(of("a.png").begins_with(b"\x89PNG\r\n\x1a\n\0\0\0\0"));
        assert!(!of("a.png").begins_with(b"<html>"));
        assert!(!of("a.webp").begins_with(b"RIFF\0\0\0\0WAVE"), "a sound has the same beginning");
        assert!(of("a.webp").begins_with(b"RIFF\0\0\0\0WEBP"));
        assert!(!of("a.pdf").begins_with(b"%P"));
    }

    #[test]
    fn what_a_browser_would_run_is_not_taken() {
        for name in ["a.html", "a.svg", "a.js", "a.xhtml", "a.exe", "a.docm", "a", "txt", "a.txt.html", "a.html "] {
            assert!(MediaType::of_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn no_ending_stands_twice_and_the_head_is_long_enough() {
        let mut endings: Vec<_> = ALL.iter().flat_map(|t| t.extensions).collect();
        endings.sort_unstable();
        assert!(endings.windows(2).all(|pair| pair[0] != pair[1]), "{endings:?}");
        let ends = ALL.iter().flat_map(|t| t.signatures).copied().flatten().map(|(place, bytes)| place + bytes.len());
        assert_eq!(ends.max(), Some(HEAD));
    }
}
