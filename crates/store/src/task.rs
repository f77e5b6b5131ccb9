//! Units of writing: works as callers define them, and the form in which an engine runs them.

use std::{future::Future, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Actor, Error, Result};
use tokio::sync::oneshot;

use crate::Tx;

/// One write, as a value: it runs in one transaction, and may run again when the world changed under it, so it must
/// not keep anything from an earlier run. It waits for nothing but the transaction.
pub trait Work: Send + Sync + 'static {
    /// What it answers.
    type Out: Send + 'static;
    /// Its name in the change log: noun and verb, such as `block.split`.
    const NAME: &'static str;
    /// Does it.
    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Out>> + Send;
}

/// What an engine runs.
pub(crate) trait Task: Send {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>>;
    /// Called once, after the commit or the failure.
    fn finish(self: Box<Self>, outcome: Result<()>);
}

/// A work on its way through an engine.
pub(crate) struct WorkTask<W: Work> {
    actor: Actor,
    work: Arc<W>,
    out: Option<W::Out>,
    reply: oneshot::Sender<Result<W::Out>>,
}

impl<W: Work> WorkTask<W> {
    pub(crate) fn new(actor: Actor, work: W) -> (Self, oneshot::Receiver<Result<W::Out>>) {
        let (reply, answer) = oneshot::channel();
        (Self { actor, work: Arc::new(work), out: None, reply }, answer)
    }
}

impl<W: Work> Task for WorkTask<W> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            tx.act_as(self.actor.clone(), W::NAME);
            self.out = Some(self.work.run(tx).await?);
            Ok(())
        })
    }

    fn finish(self: Box<Self>, outcome: Result<()>) {
        let Self { out, reply, .. } = *self;
        let answer = outcome.and_then(|()| out.ok_or_else(|| Error::internal("a task ended without an answer")));
        // Whoever asked may have gone away; what was done stays done.
        reply.send(answer).ok();
    }
}
