//! Refused requests in the log: who was not let in, and who tried what they may not do.
//!
//! Somebody who only knocks must not fill the disk: a node notes a limited number a minute, and counts the others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kernel::{Actor, Result};
use store::{Db, Level, Tx, Work};
use tokio::sync::{mpsc, watch};

/// How many refusals a node notes in a minute.
const MOST: usize = 20;
const MINUTE: Duration = Duration::from_mins(1);

/// Takes refusals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Refusals {
    queue: mpsc::Sender<Refusal>,
    lost: Arc<AtomicU64>,
}

/// A request that was refused.
pub(crate) struct Refusal {
    /// Who asked, as far as that is known.
    pub(crate) actor: Actor,
    /// In the words of the log.
    pub(crate) category: &'static str,
    /// What happened.
    pub(crate) text: String,
}

impl Refusals {
    /// Takes refusals, and writes them down until told to stop.
    pub(crate) fn keep(db: Db, stop: watch::Receiver<bool>) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, notes) = mpsc::channel(MOST);
        let lost = Arc::new(AtomicU64::new(0));
        (Self { queue, lost: lost.clone() }, write(db, notes, lost, stop))
    }

    /// Never waits: what can't be taken is counted.
    pub(super) fn note(&self, refusal: Refusal) {
        if self.queue.try_send(refusal).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn write(db: Db, mut notes: mpsc::Receiver<Refusal>, lost: Arc<AtomicU64>, mut stop: watch::Receiver<bool>) {
    let (mut minute, mut done) = (tokio::time::interval(MINUTE), 0);
    loop {
        let next = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = minute.tick() => {
                done = 0;
                match lost.swap(0, Ordering::Relaxed) {
                    0 => continue,
                    n => Refusal {
                        actor: Actor::system("refusals"),
                        category: "API",
                        text: format!("{n} more requests were refused within a minute, which are not listed"),
                    },
                }
            }
            Some(refusal) = notes.recv() => refusal,
        };
        if done == MOST {
            lost.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        done += 1;
        let actor = next.actor.clone();
        if let Err(error) = db.write(&actor, next).await {
            tracing::warn!(%error, "a refused request could not be noted in the log");
        }
    }
}

impl Work for Refusal {
    type Out = ();
    const NAME: &'static str = "request.refuse";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.note(Level::Warning, self.category, &self.text)
    }
}
