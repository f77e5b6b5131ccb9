//! Keeping a file in the database until it has been read.

use kernel::{Error, Result};
use store::{Bytes, Tx, Work, params};

/// Adds a piece of a file.
pub(crate) struct KeepPiece {
    pub(crate) upload: String,
    pub(crate) n: i64,
    pub(crate) bytes: Vec<u8>,
}

impl Work for KeepPiece {
    type Out = ();
    const NAME: &'static str = "import.upload";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        let text = "INSERT INTO import_piece (upload, n, at, bytes) VALUES ($1, $2, $3, $4)";
        tx.derive(text, params![self.upload, self.n, now, Bytes(self.bytes.clone())]).await.map(drop)
    }
}

/// Forgets a file, and others that nobody has fetched for a day.
pub(crate) struct DropUpload(pub(crate) String);

impl Work for DropUpload {
    type Out = ();
    const NAME: &'static str = "import.drop";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let old = tx.now().plus_seconds(-24 * 3600);
        tx.derive("DELETE FROM import_piece WHERE upload = $1 OR at < $2", params![self.0, old]).await.map(drop)
    }
}

/// The piece with this number, from 0.
pub(crate) async fn piece(tx: &mut Tx, upload: &str, n: i64) -> Result<Option<Vec<u8>>> {
    let text = "SELECT bytes FROM import_piece WHERE upload = $1 AND n = $2";
    Ok(tx.scalar::<Bytes>(text, params![upload, n]).await?.map(|bytes| bytes.0))
}

/// How many pieces there are.
pub(crate) async fn pieces(tx: &mut Tx, upload: &str) -> Result<i64> {
    let count = tx.scalar("SELECT COUNT(*) FROM import_piece WHERE upload = $1", params![upload]).await?;
    count.filter(|n| *n > 0).ok_or_else(|| Error::not_found("the file to import is gone; send it again"))
}
