//! Reading the file of a backup, and making sure that it is whole and unchanged.

use std::io::{BufRead as _, BufReader, Read};

use flate2::bufread::GzDecoder;
use kernel::{Error, Result};
use sha2::{Digest as _, Sha256};

use super::line::{FORMAT, Header, Line, VERSION};
use crate::hex;

/// The lines of a file.
pub(super) struct Reader<R: Read> {
    from: BufReader<GzDecoder<BufReader<R>>>,
    hash: Sha256,
    text: Vec<u8>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        let from = BufReader::new(GzDecoder::new(BufReader::new(from)));
        Self { from, hash: Sha256::new(), text: Vec::new() }
    }

    /// The first line.
    pub(super) fn header(&mut self) -> Result<Header> {
        let none = || Error::conflict("this is not a backup of Platbook");
        self.read()?;
        self.hash.update(&self.text);
        let header: Header = serde_json::from_slice(&self.text).map_err(|_| none())?;
        if header.format != FORMAT {
            return Err(none());
        }
        if header.version > VERSION {
            let version = header.version;
            return Err(Error::conflict(format!(
                "a newer Platbook has made this backup (format {version}); use that one"
            )));
        }
        Ok(header)
    }

    /// The next line. The last one is only returned when all before it are as they were written.
    pub(super) fn next(&mut self) -> Result<Line> {
        self.read()?;
        let line = Line::parse(&self.text).map_err(damaged)?;
        match &line {
            Line::Footer(footer) if footer.sha256 != hex::text(&self.hash.finalize_reset()) => {
                Err(damaged("its checksum is wrong"))
            }
            Line::Footer(_) => Ok(line),
            Line::Row(_) | Line::Table(_) => {
                self.hash.update(&self.text);
                Ok(line)
            }
        }
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&mut self) -> Result<()> {
        let mut rest = [0];
        let more = self.from.read(&mut rest).map_err(damaged)?
            + self.from.get_mut().get_mut().read(&mut rest).map_err(damaged)?;
        if more == 0 { Ok(()) } else { Err(damaged("something follows its last line")) }
    }

    fn read(&mut self) -> Result<()> {
        self.text.clear();
        self.from.read_until(b'\n', &mut self.text).map_err(damaged)?;
        if self.text.ends_with(b"\n") { Ok(()) } else { Err(damaged("it is cut short")) }
    }
}

/// Says that the file is not as it was written.
pub(super) fn damaged(what: impl std::fmt::Display) -> Error {
    Error::conflict(format!("this backup is damaged and was not restored: {what}"))
}
