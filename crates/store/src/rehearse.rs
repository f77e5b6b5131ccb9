//! Works that are done to see what they do, and then not done.

use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Actor, Error, Result};

use crate::{Db, Tx, Work};

struct Rehearsal<W: Work> {
    work: W,
    out: Arc<Mutex<Option<W::Out>>>,
}

impl<W: Work> Work for Rehearsal<W> {
    type Out = ();
    const NAME: &'static str = W::NAME;

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let out = self.work.run(tx).await?;
        // So that the database has its say as well.
        tx.flush().await?;
        *self.out.lock().unwrap_or_else(PoisonError::into_inner) = Some(out);
        Err(Error::conflict("this was a rehearsal"))
    }
}

impl Db {
    /// Does a work as [`write`](Self::write) does, answers with what it answers, and takes all of it back.
    pub async fn rehearse<W: Work>(&self, actor: &Actor, work: W) -> Result<W::Out> {
        let out = Arc::new(Mutex::new(None));
        let done = self.write(actor, Rehearsal { work, out: out.clone() }).await;
        let out = out.lock().unwrap_or_else(PoisonError::into_inner).take();
        out.map_or_else(|| Err(done.err().unwrap_or_else(|| Error::internal("a rehearsal was kept"))), Ok)
    }
}
