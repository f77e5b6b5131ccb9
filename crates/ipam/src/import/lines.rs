//! Cutting a file that comes in pieces into lines.

/// A line longer than this is not text of any format we know.
const LONGEST: usize = 64 * 1024;

/// Collects pieces and gives out whole lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Takes a piece and calls back with each complete line and its number, from 1. The end of a file is an empty
    /// piece with `last` set.
    pub(crate) fn feed(&mut self, piece: &[u8], last: bool, mut line: impl FnMut(u64, Result<&str, String>)) {
        self.rest.extend_from_slice(piece);
        let mut from = 0;
        while let Some(length) = self.rest[from..].iter().position(|byte| *byte == b'\n') {
            self.number += 1;
            line(self.number, text(&self.rest[from..from + length]));
            from += length + 1;
        }
        self.rest.drain(..from);
        if self.rest.len() > LONGEST {
            self.number += 1;
            line(self.number, Err(format!("is longer than {LONGEST} bytes")));
            self.rest.clear();
        }
        if last && !self.rest.is_empty() {
            self.number += 1;
            line(self.number, text(&std::mem::take(&mut self.rest)));
        }
    }

    /// How many lines there were.
    pub(crate) const fn count(&self) -> u64 {
        self.number
    }
}

fn text(line: &[u8]) -> Result<&str, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8 text".to_owned())?;
    if text.contains('\0') { Err("contains a NUL character".to_owned()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> Vec<(u64, Result<String, String>)> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.feed(piece, false, |n, line| found.push((n, line.map(ToOwned::to_owned))));
        }
        lines.feed(&[], true, |n, line| found.push((n, line.map(ToOwned::to_owned))));
        found
    }

    #[test]
    fn lines_survive_being_cut_into_pieces() {
        let expected = vec![(1, Ok("one".to_owned())), (2, Ok("two".to_owned())), (3, Ok("three".to_owned()))];
        assert_eq!(all(&[b"one\r\ntwo\nthree"]), expected);
        assert_eq!(all(&[b"on", b"e\r", b"\ntw", b"o\nthree\n"]), expected);
        assert_eq!(all(&[]), vec![]);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert_eq!(all(&[b"\xff\xfe\n"]), vec![(1, Err("is not UTF-8 text".to_owned()))]);
        assert_eq!(all(&[b"a\0b\n"]), vec![(1, Err("contains a NUL character".to_owned()))]);
        assert!(all(&[&vec![b'x'; 70_000]])[0].1.is_err());
    }
}
