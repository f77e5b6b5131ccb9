//! The file that is imported.

use std::{io, mem, path::PathBuf, pin::Pin};

use futures_util::stream;
use indicatif::ProgressBar;
use reqwest::Body;
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncReadExt},
};

use super::Format;
use crate::{Console, Failure};

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// A file or the input, of which the beginning has been read.
pub(crate) struct Source {
    /// `None` for the input, which can't be read twice.
    path: Option<PathBuf>,
    size: Option<u64>,
    head: Vec<u8>,
    rest: Reader,
}

impl Source {
    /// Opens the file; `-` is the input.
    pub(crate) async fn open(name: &str, console: &mut Console) -> Result<Self, Failure> {
        if name == "-" {
            let input = mem::replace(&mut console.input, Box::new(tokio::io::empty()));
            Self::begin(None, None, Box::pin(input)).await
        } else {
            Self::of_file(name.into()).await
        }
        .map_err(|error| Failure::Usage(format!("{name} can't be read: {error}.")))
    }

    async fn of_file(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path).await?;
        let size = file.metadata().await?.len();
        Self::begin(Some(path), Some(size), Box::pin(file)).await
    }

    async fn begin(path: Option<PathBuf>, size: Option<u64>, mut rest: Reader) -> io::Result<Self> {
        let mut head = Vec::new();
        (&mut rest).take(PIECE as u64).read_to_end(&mut head).await?;
        Ok(Self { path, size, head, rest })
    }

    /// Begins anew; `false` when that can't be done.
    pub(crate) async fn rewind(&mut self) -> bool {
        let Some(path) = self.path.clone() else { return false };
        let again = Self::of_file(path).await;
        again.map(|again| *self = again).is_ok()
    }

    /// The bar that shows how much of it has been sent.
    pub(crate) const fn bar(&self) -> &'static str {
        if self.size.is_some() {
            "sending [{wide_bar}] {bytes}/{total_bytes} {eta}"
        } else {
            "{spinner} sending {bytes} {bytes_per_sec}"
        }
    }

    /// What the file looks like, by its first lines and then by its name.
    pub(crate) fn format(&self) -> Option<Format> {
        let head = String::from_utf8_lossy(&self.head);
        let first = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let first = first.unwrap_or_default();
        // `2|ripencc|...` and `2.3|lacnic|...`: the version line of the RIR statistics exchange format.
        let version = first.split_once('|').is_some_and(|(version, _)| version.parse::<f32>().is_ok());
        let named_csv =
            self.path.as_ref().and_then(|path| path.extension()).is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        if version {
            Some(Format::Delegated)
        } else if named_csv || first.contains([',', ';', '\t']) {
            Some(Format::Csv)
        } else {
            None
        }
    }

    /// The whole file as the body of a request, which moves the bar on.
    pub(crate) fn body(&mut self, bar: &ProgressBar) -> Body {
        bar.reset();
        if let Some(size) = self.size {
            bar.set_length(size);
        }
        let head = mem::take(&mut self.head);
        let rest: Reader = mem::replace(&mut self.rest, Box::pin(tokio::io::empty()));
        let whole: Reader = Box::pin(io::Cursor::new(head).chain(rest));
        let bar = bar.clone();
        Body::wrap_stream(stream::try_unfold(whole, move |mut whole| {
            let bar = bar.clone();
            async move {
                let mut piece = vec![0; PIECE];
                let length = whole.read(&mut piece).await?;
                piece.truncate(length);
                bar.inc(length as u64);
                io::Result::Ok((length > 0).then_some((piece, whole)))
            }
        }))
    }
}
