//! Failed sign-ins, counted by name and by network: guessing is given up after a few tries.
//!
//! The counts are in the database, so that going to another node helps nobody. They can't be used to lock a program out
//! that signs in all the time: what has been proven a moment ago is not tried again, and sessions and tokens go on.
//! A name that nobody has is counted like any other.

mod rule;

use std::net::IpAddr;

use kernel::{Actor, Result, Timestamp, UserId};
use store::{Bytes, Tx, Work, params};

use self::rule::{FORGOTTEN_AFTER, Of, Tally, network};
use crate::Access;

/// Somebody tries to sign in: what their failures are counted under.
#[derive(Debug, Clone)]
pub(crate) struct Attempt(Vec<(Of, Bytes)>);

impl Access {
    /// An attempt under this name, from this address if it is known.
    pub(crate) fn attempt(&self, name: &str, from: Option<IpAddr>) -> Attempt {
        let print = |kind: &str, text: &str| Bytes(self.0.shared_prints.of(&[kind, text]).to_vec());
        let network = from.map(|address| (Of::Network, print("network", &network(address))));
        Attempt([Some((Of::Name, print("name", &name.to_lowercase()))), network].into_iter().flatten().collect())
    }

    /// An attempt at this user's second factor. It is counted apart from the password: whoever knows that could begin the
    /// count anew, as often as they like.
    pub(crate) fn attempt_at_second_factor(&self, user: UserId, from: Option<IpAddr>) -> Attempt {
        self.attempt(&format!("second factor of user {user}"), from)
    }

    /// Refuses an attempt under a name or from a network that has failed too often. Answers whether the name has failed
    /// at all.
    pub(crate) async fn check_attempt(&self, tx: &mut Tx, attempt: &Attempt) -> Result<bool> {
        let (now, mut failed) = (self.now(), false);
        for (of, print) in &attempt.0 {
            if let Some(tally) = tally(tx, print).await?.filter(|tally| counts(*tally, now)) {
                of.check(tally, now)?;
                failed |= *of == Of::Name;
            }
        }
        Ok(failed)
    }

    /// Counts that an attempt has failed.
    pub(crate) async fn count_failure(&self, attempt: &Attempt) -> Result<()> {
        self.write(&Actor::system("sign-in"), Count(attempt.clone())).await
    }

    /// Forgets the failures of a name under which somebody has signed in. Those of the network stay: whoever has an
    /// account must not be able to guess at others for ever.
    pub(crate) async fn forget_failures(&self, attempt: &Attempt) -> Result<()> {
        let names = attempt.0.iter().filter(|(of, _)| *of == Of::Name);
        let prints = names.map(|(_, print)| print.clone()).collect();
        self.write(&Actor::system("sign-in"), Forget(prints)).await
    }
}

fn counts(tally: Tally, now: Timestamp) -> bool {
    now < tally.last_at.plus_seconds(FORGOTTEN_AFTER)
}

async fn tally(tx: &mut Tx, print: &Bytes) -> Result<Option<Tally>> {
    let text = "SELECT failed, last_at FROM sign_in_failure WHERE print = $1";
    let row = tx.rows(text, params![print]).await?.pop();
    row.map(|mut row| Ok(Tally { failed: row.take(0)?, last_at: row.take(1)? })).transpose()
}

struct Count(Attempt);

impl Work for Count {
    type Out = ();
    const NAME: &'static str = "sign_in.count_failure";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        let old = now.plus_seconds(-FORGOTTEN_AFTER);
        let text = "INSERT INTO sign_in_failure (print, failed, last_at) VALUES ($1, 1, $2)
            ON CONFLICT (print) DO UPDATE SET last_at = excluded.last_at,
            failed = CASE WHEN sign_in_failure.last_at > $3 THEN sign_in_failure.failed + 1 ELSE 1 END";
        for (_, print) in &self.0.0 {
            tx.derive(text, params![print, now, old]).await?;
        }
        tx.derive("DELETE FROM sign_in_failure WHERE last_at <= $1", params![old]).await.map(drop)
    }
}

struct Forget(Vec<Bytes>);

impl Work for Forget {
    type Out = ();
    const NAME: &'static str = "sign_in.forget_failures";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        for print in &self.0 {
            tx.derive("DELETE FROM sign_in_failure WHERE print = $1", params![print]).await?;
        }
        Ok(())
    }
}
