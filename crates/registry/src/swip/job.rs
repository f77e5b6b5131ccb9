//! The job that carries a change out: step after step, each of which begins with a look at ARIN.

use std::sync::Arc;

use access::Hidden;
use futures_util::future::BoxFuture;
use kernel::{Error, Prefix, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    Tx, Work,
    job::{Job, JobContext},
    params,
};

use super::{Action, State, Swip, SwipRow, plan::may_send};
use crate::{
    Registry,
    arin::{Arin, Call, Exchange, Reply, Trouble},
    lir,
};

/// The kind of job.
pub(super) const KIND: &str = "registry.swip";

/// How many answers may be lost in one go before there is a pause.
const MOST_LOST: u32 = 3;

/// Carries changes at ARIN out.
pub(crate) struct PushSwip(pub(crate) Registry);

#[derive(Deserialize)]
struct Payload {
    swip_id: i64,
}

impl Job for PushSwip {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let Payload { swip_id } = serde_json::from_value(context.payload.clone()).map_err(Error::internal)?;
            let mut lost = 0;
            loop {
                context.go_on()?;
                let mut desk = Desk::open(&self.0, context, swip_id).await?;
                if desk.row.state.is_over() {
                    return Ok(json!(Swip::from(&desk.row)));
                }
                let step = match desk.row.action {
                    Action::Deassign => desk.take_back().await,
                    Action::SimpleReassign | Action::DetailedReassign | Action::Reallocate => desk.give().await,
                };
                match step {
                    Ok(Next::Again) => {}
                    Ok(Next::Lost(why)) => {
                        lost += 1;
                        context.say("warning", why.clone()).await?;
                        if lost >= MOST_LOST {
                            return Err(desk.later(why).await?);
                        }
                    }
                    Err(error) if error.may_pass() => return Err(desk.later_because(error).await?),
                    Err(error) => return Err(desk.fail(error).await?),
                }
            }
        })
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    /// Another look: something has been done, or is over.
    Again,
    /// Another look: something was sent, and nobody knows what became of it.
    Lost(String),
}

/// A change on the desk, with all it takes to get further with it.
pub(super) struct Desk<'a> {
    pub(super) context: &'a JobContext,
    pub(super) row: SwipRow,
    pub(super) prefix: Prefix,
    /// How many seconds ARIN's public directory may need to show a customer that was made.
    pub(super) settle_seconds: i64,
    arin: Arc<dyn Arin>,
    key: Hidden<String>,
}

impl<'a> Desk<'a> {
    async fn open(registry: &Registry, context: &'a JobContext, id: i64) -> Result<Self> {
        let mut tx = context.db.read(&context.actor).await?;
        let gone = || Error::conflict(format!("There is no change {id} at a registry."));
        let row = tx.get::<SwipRow>(id).await?.ok_or_else(gone)?;
        let lir = lir::load(&mut tx, row.lir_id).await?;
        if !row.state.is_over() {
            // Whoever asked may have lost the right since.
            let holder = resources::get(&mut tx, row.resource_id).await?;
            may_send(&tx, &holder)?;
        }
        let (arin, key) = (registry.arin()?.clone(), lir.api_key(&registry.master_key)?);
        Ok(Self { context, prefix: row.prefix()?, row, settle_seconds: registry.settle_seconds, arin, key })
    }

    /// Sends a call once, and keeps what was said and answered.
    pub(super) async fn ask(&self, call: &Call) -> Result<Result<Reply, Trouble>> {
        let exchange = self.arin.send(&self.key, call).await;
        let outcome = exchange.outcome.clone();
        self.context.db.write(&self.context.actor, KeepExchange { swip_id: self.row.id, exchange }).await?;
        Ok(outcome)
    }

    /// Looks something up: nothing when it is not there.
    pub(super) async fn look(&self, call: &Call) -> Result<Option<Reply>> {
        match self.ask(call).await? {
            Ok(reply) => Ok(Some(reply)),
            Err(Trouble::Absent(_)) => Ok(None),
            Err(Trouble::NotSent(why) | Trouble::Lost(why)) => Err(Error::Busy(why)),
            Err(Trouble::Refused(why)) => Err(Error::conflict(format!("ARIN refuses: {why}"))),
        }
    }

    /// Writes down how far the change has got.
    pub(super) async fn save(&mut self, change: impl FnOnce(&mut SwipRow)) -> Result<()> {
        let before = self.row.clone();
        change(&mut self.row);
        if self.row != before {
            let work = Save { before, after: self.row.clone() };
            self.row = self.context.db.write(&self.context.actor, work).await?;
        }
        Ok(())
    }

    /// Writes down that something is about to be sent, before it is.
    pub(super) async fn about_to_send(&mut self, what: &str) -> Result<()> {
        self.save(|row| {
            row.state = State::Sent;
            row.sent = Some(what.to_owned());
            row.sent_at = None;
        })
        .await
    }

    /// The wait for a ticket, or its end; nothing when there is no ticket.
    pub(super) async fn ticket(&mut self) -> Result<Option<Next>> {
        let Some(number) = self.row.ticket.clone() else { return Ok(None) };
        let ticket = match self.look(&Call::Ticket(number.clone())).await? {
            Some(Reply::Ticket(ticket)) => ticket,
            _ => return Err(Error::conflict(format!("ARIN does not know its ticket {number} any more."))),
        };
        if ticket.is_over() {
            let how = ticket.resolution.as_deref().unwrap_or("no resolution");
            return Err(Error::conflict(format!("ARIN closed ticket {number} without doing it: {how}.")));
        }
        Err(Error::Busy(format!("ARIN looks at it: ticket {number}, {}.", ticket.status)))
    }

    /// Writes down why the change waits; the answer makes the job be tried again.
    async fn later(&mut self, why: String) -> Result<Error> {
        self.save(|row| row.message = Some(why.clone())).await?;
        Ok(Error::Busy(why))
    }

    async fn later_because(&mut self, error: Error) -> Result<Error> {
        match error {
            Error::Busy(why) => self.later(why).await,
            other => Ok(other),
        }
    }

    /// Writes down why the change has failed, and leaves no customer behind; the answer ends the job.
    async fn fail(&mut self, error: Error) -> Result<Error> {
        let rest = match self.drop_customers(None).await {
            Ok(rest) => rest,
            Err(_) => "; a customer that was made for it may be left over at ARIN".to_owned(),
        };
        let why = format!("{}{rest}", error.public());
        self.save(|row| {
            row.state = State::Failed;
            row.message = Some(why.clone());
            row.sent = None;
            row.sent_at = None;
        })
        .await?;
        Ok(Error::conflict(why))
    }
}

/// Writes down how far a change has got.
struct Save {
    before: SwipRow,
    after: SwipRow,
}

impl Work for Save {
    type Out = SwipRow;
    const NAME: &'static str = "swip.advance";

    async fn run(&self, tx: &mut Tx) -> Result<SwipRow> {
        let mut after = SwipRow { changed_at: tx.now(), ..self.after.clone() };
        if after.sent.is_some() && after.sent_at.is_none() {
            after.sent_at = Some(tx.now());
        }
        tx.update(&self.before, &mut after).await?;
        Ok(after)
    }
}

/// Keeps what was said to ARIN and what it answered.
struct KeepExchange {
    swip_id: i64,
    exchange: Exchange,
}

impl Work for KeepExchange {
    type Out = ();
    const NAME: &'static str = "swip.exchange";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let Exchange { sent, status, response, .. } = &self.exchange;
        let last = "SELECT COALESCE(MAX(n), 0) FROM swip_exchange WHERE swip_id = $1";
        let n = tx.scalar::<i64>(last, params![self.swip_id]).await?.unwrap_or(0) + 1;
        let (now, status) = (tx.now(), status.map(i64::from));
        let text = "INSERT INTO swip_exchange (swip_id, n, at, method, path, request, status, response)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = params![self.swip_id, n, now, sent.method, sent.path, sent.body, status, response];
        tx.derive(text, values).await.map(drop)
    }
}
