//! A file on its way to a job: it is kept in the database in pieces as it arrives, so that it need not fit into
//! memory, and whichever node runs the job has it.

use futures_util::{Stream, StreamExt as _};
use kernel::{Actor, Error, Result};

use crate::{Bytes, Db, Tx, Work, params};

/// The size of a piece.
const PIECE: usize = 1 << 20;
/// Files that nobody has fetched for so long are forgotten.
const KEPT_SECONDS: i64 = 24 * 3600;

/// The table in which a slice keeps such files: `upload TEXT, n BIGINT, at BIGINT, bytes BYTEA`, with the first two as
/// its key. It is one of those without a change log.
#[derive(Debug, Clone, Copy)]
pub struct Pieces(
    /// Its name.
    pub &'static str,
);

impl Pieces {
    /// Takes a file in, of at most so many bytes; returns the name under which it is kept. One that breaks off is
    /// forgotten.
    pub async fn keep<B: AsRef<[u8]>, E>(
        self,
        db: &Db,
        actor: &Actor,
        stream: impl Stream<Item = Result<B, E>> + Send,
        largest: usize,
    ) -> Result<String> {
        let upload = format!("{:032x}", rand::random::<u128>());
        let kept = self.take_in(db, actor, stream, largest, &upload).await;
        if kept.is_err() {
            self.forget(db, actor, &upload).await?;
        }
        kept.map(|()| upload)
    }

    async fn take_in<B: AsRef<[u8]>, E>(
        self,
        db: &Db,
        actor: &Actor,
        stream: impl Stream<Item = Result<B, E>> + Send,
        largest: usize,
        upload: &str,
    ) -> Result<()> {
        let (mut size, mut n, mut piece) = (0, 0, Vec::with_capacity(PIECE));
        let mut stream = std::pin::pin!(stream);
        loop {
            let chunk = stream.next().await.transpose();
            let chunk = chunk.map_err(|_| Error::invalid("body", "broke off before its end"))?;
            let last = chunk.is_none();
            if let Some(chunk) = chunk {
                size += chunk.as_ref().len();
                piece.extend_from_slice(chunk.as_ref());
            }
            if size > largest {
                return Err(Error::TooLarge(format!("the file is larger than {largest} bytes")));
            }
            if piece.len() >= PIECE || last {
                let bytes = std::mem::take(&mut piece);
                db.write(actor, Keep { table: self.0, upload: upload.to_owned(), n, bytes }).await?;
                n += 1;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// How many pieces there are.
    pub async fn count(self, tx: &mut Tx, upload: &str) -> Result<i64> {
        let text = format!("SELECT COUNT(*) FROM {} WHERE upload = $1", self.0);
        let count = tx.scalar(&text, params![upload]).await?;
        count.filter(|n| *n > 0).ok_or_else(|| Error::not_found("the file to import is gone; send it again"))
    }

    /// The piece with this number, from 0; nothing behind the last one.
    pub async fn read(self, tx: &mut Tx, upload: &str, n: i64) -> Result<Option<Vec<u8>>> {
        let text = format!("SELECT bytes FROM {} WHERE upload = $1 AND n = $2", self.0);
        Ok(tx.scalar::<Bytes>(&text, params![upload, n]).await?.map(|bytes| bytes.0))
    }

    /// Forgets a file, and others that nobody has fetched for a day.
    pub async fn forget(self, db: &Db, actor: &Actor, upload: &str) -> Result<()> {
        db.write(actor, Forget { table: self.0, upload: upload.to_owned() }).await
    }
}

struct Keep {
    table: &'static str,
    upload: String,
    n: i64,
    bytes: Vec<u8>,
}

impl Work for Keep {
    type Out = ();
    const NAME: &'static str = "import.upload";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        if self.n == 0 {
            // A client that has gone leaves what it has sent; it waits here no longer than for a day and the next file.
            let old = now.plus_seconds(-KEPT_SECONDS);
            tx.derive(&format!("DELETE FROM {} WHERE at < $1", self.table), params![old]).await?;
        }
        let text = format!("INSERT INTO {} (upload, n, at, bytes) VALUES ($1, $2, $3, $4)", self.table);
        tx.derive(&text, params![self.upload, self.n, now, Bytes(self.bytes.clone())]).await.map(drop)
    }
}

struct Forget {
    table: &'static str,
    upload: String,
}

impl Work for Forget {
    type Out = ();
    const NAME: &'static str = "import.drop";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let old = tx.now().plus_seconds(-KEPT_SECONDS);
        let text = format!("DELETE FROM {} WHERE upload = $1 OR at < $2", self.table);
        tx.derive(&text, params![self.upload, old]).await.map(drop)
    }
}
