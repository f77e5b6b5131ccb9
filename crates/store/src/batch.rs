//! Batches: requests of one kind that wait at the same time are done together in one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use kernel::{Actor, Error, Result};
use tokio::{runtime::Handle, sync::oneshot};

use crate::{Db, Tx, Work, task::Task};

/// A kind of request that is served in batches.
pub trait Batch: Send + Sync + 'static {
    /// One request.
    type Item: Send + Sync + 'static;
    /// Its answer.
    type Out: Send + 'static;
    /// Its name in the change log.
    const NAME: &'static str;
    /// Does all of them, in order; each has its own answer. An error of the whole means that none was done. It says by
    /// [`Tx::act_as`] for whom it does what follows; the change log says "system" otherwise.
    fn run(items: &[(Actor, Self::Item)], tx: &mut Tx) -> impl Future<Output = Result<Vec<Result<Self::Out>>>> + Send;
}

/// The most requests in one transaction.
const MOST: usize = 256;

/// The queue of one kind of request. While a batch is being written, the next one gathers.
pub struct Batcher<B: Batch> {
    db: Db,
    queue: Arc<Queue<B>>,
    /// Where those who wait are told.
    runtime: Option<Handle>,
}

type Waiting<B> = (<B as Batch>::Item, Actor, oneshot::Sender<Result<<B as Batch>::Out>>);

struct Queue<B: Batch>(Mutex<Gathering<B>>);

struct Gathering<B: Batch> {
    waiting: Vec<Waiting<B>>,
    /// Whether a batch is on its way; when it is done it looks here again.
    busy: bool,
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), queue: self.queue.clone(), runtime: self.runtime.clone() }
    }
}

impl<B: Batch> Batcher<B> {
    /// An empty queue.
    pub fn new(db: Db) -> Self {
        let queue = Arc::new(Queue(Mutex::new(Gathering { waiting: Vec::new(), busy: false })));
        Self { db, queue, runtime: Handle::try_current().ok() }
    }

    /// Has this done with the next batch; the answer is on disk when this returns. For an actor on terms it is a batch of
    /// its own.
    pub async fn submit(&self, actor: &Actor, item: B::Item) -> Result<B::Out> {
        if actor.terms.is_some() {
            return self.db.write(actor, Single::<B>([(actor.clone(), item)])).await;
        }
        let (reply, answer) = oneshot::channel();
        let start = {
            let mut gathering = self.queue.lock();
            gathering.waiting.push((item, actor.clone(), reply));
            !std::mem::replace(&mut gathering.busy, true)
        };
        if start {
            self.start();
        }
        answer.await.map_err(|_| Error::Busy("the server is stopping; try again".to_owned()))?
    }

    /// Sends a batch on its way. Waits for nothing, so that nobody who goes away in the middle leaves the queue stuck.
    fn start(&self) {
        let (batcher, items, replies, answers) = (self.clone(), Vec::new(), Vec::new(), Vec::new());
        if self.db.submit_detached(Box::new(Drain { batcher, items, replies, answers })).is_err() {
            let waiting = {
                let mut gathering = self.queue.lock();
                gathering.busy = false;
                std::mem::take(&mut gathering.waiting)
            };
            for (_, _, reply) in waiting {
                reply.send(Err(Error::Busy("the server has too much to do; try again".to_owned()))).ok();
            }
        }
    }
}

/// A batch of one.
struct Single<B: Batch>([(Actor, B::Item); 1]);

impl<B: Batch> Work for Single<B> {
    type Out = B::Out;
    const NAME: &'static str = B::NAME;

    async fn run(&self, tx: &mut Tx) -> Result<B::Out> {
        let none = || Err(Error::internal("a batch of one has no answer"));
        B::run(&self.0, tx).await?.pop().unwrap_or_else(none)
    }
}

impl<B: Batch> Queue<B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, Gathering<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Drain<B: Batch> {
    batcher: Batcher<B>,
    items: Vec<(Actor, B::Item)>,
    replies: Vec<oneshot::Sender<Result<B::Out>>>,
    answers: Vec<Result<B::Out>>,
}

impl<B: Batch> Task for Drain<B> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let room = MOST - self.items.len().min(MOST);
            let taken: Vec<_> = {
                let mut gathering = self.batcher.queue.lock();
                let many = gathering.waiting.len().min(room);
                gathering.waiting.drain(..many).collect()
            };
            for (item, actor, reply) in taken {
                self.items.push((actor, item));
                self.replies.push(reply);
            }
            tx.act_as(Actor::system("batch"), B::NAME);
            self.answers = B::run(&self.items, tx).await?;
            Ok(())
        })
    }

    fn finish(self: Box<Self>, outcome: Result<()>) {
        let Self { batcher, replies, answers, .. } = *self;
        let more = {
            let mut gathering = batcher.queue.lock();
            gathering.busy = !gathering.waiting.is_empty();
            gathering.busy
        };
        if more {
            batcher.start();
        }
        let runtime = batcher.runtime.clone();
        // Whoever hears an answer may close the database next.
        drop(batcher);
        match outcome {
            Ok(()) => {
                let tell = move || {
                    for (reply, answer) in replies.into_iter().zip(answers) {
                        reply.send(answer).ok();
                    }
                };
                // To wake many from outside of their threads is dear: one of them is woken, and wakes the others.
                match runtime {
                    Some(runtime) => drop(runtime.spawn(async move { tell() })),
                    None => tell(),
                }
            }
            Err(error) => {
                tracing::error!(%error, batch = B::NAME, requests = replies.len(), "a batch failed");
                for reply in replies {
                    reply.send(Err(Error::Busy("the change could not be kept; try again".to_owned()))).ok();
                }
            }
        }
    }
}
