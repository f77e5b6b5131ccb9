//! Works on terms: done to be shown and taken back, kept only if they do what was shown, or done once.

mod compare;
mod offer;
mod watch;

use std::sync::Arc;

use kernel::{Actor, Error, Manner, Result, Terms};

use crate::{Db, Tx, Work, params};

pub use compare::differences;
pub(crate) use watch::Watch;

/// A work that is done on terms.
struct OnTerms<W: Work> {
    work: W,
    terms: Arc<Terms>,
    /// Which write of the request it is.
    nth: u32,
}

impl Db {
    /// Does a piece of work on the terms of the actor.
    pub(crate) async fn write_on<W: Work>(&self, actor: &Actor, work: W, terms: Arc<Terms>) -> Result<W::Out> {
        let nth = terms.admit(W::NAME)?;
        self.run(actor, OnTerms { work, terms, nth }).await
    }
}

impl<W: Work> Work for OnTerms<W> {
    type Out = W::Out;
    const NAME: &'static str = W::NAME;

    async fn run(&self, tx: &mut Tx) -> Result<W::Out> {
        match &self.terms.manner {
            Manner::Keep => self.keep(tx).await,
            Manner::Rehearse | Manner::Offer => self.rehearse(tx).await,
            Manner::Exactly(token) => self.exactly(tx, token).await,
        }
    }
}

impl<W: Work> OnTerms<W> {
    async fn keep(&self, tx: &mut Tx) -> Result<W::Out> {
        if let Some(name) = &self.terms.once {
            let (name, now) = (format!("{name}/{}", self.nth), tx.now());
            let text = "INSERT INTO done_once (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            if tx.derive(text, params![name, now]).await?.0 == 0 {
                self.terms.note().repeated = true;
                return Err(Error::conflict("This has been done already."));
            }
        }
        if let Some(shown) = &self.terms.shown {
            tx.watch(Watch::promised(shown));
        }
        let out = self.work.run(tx).await?;
        tx.unwatch();
        Ok(out)
    }

    async fn rehearse(&self, tx: &mut Tx) -> Result<W::Out> {
        tx.savepoint().await?;
        tx.watch(self.terms.shown.as_deref().map_or_else(Watch::default, Watch::promised).of_rehearsal());
        let out = self.work.run(tx).await?;
        let preview = tx.take_back(W::NAME).await?;
        let offered = self.terms.manner == Manner::Offer && !self.terms.note().needs_approval;
        let offer = if offered { Some(offer::make(tx, &self.terms.request, &preview).await?) } else { None };
        let mut seen = self.terms.note();
        seen.preview = Some(preview);
        seen.offer = offer;
        Ok(out)
    }

    async fn exactly(&self, tx: &mut Tx, token: &str) -> Result<W::Out> {
        let (shown, is_used) = offer::take(tx, token, &self.terms.request).await?;
        tx.watch(Watch::promised(&shown));
        let ran = self.work.run(tx).await;
        // A request that was answered before gets its answer again; it changes nothing.
        let is_repeated = tx.watched().is_some_and(|watch| watch.repeated);
        if is_used && !(is_repeated && ran.is_ok()) {
            return Err(Error::conflict("What this preview has shown has been done already."));
        }
        let out = ran?;
        if !is_repeated {
            tx.flush().await?;
            compare::demand_equal(tx, &shown).await?;
        }
        tx.unwatch();
        Ok(out)
    }
}
