//! The job that hands a mail to the server.

use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Actor, Error, Result};
use serde_json::{Value, json};
use store::job::{Job, JobContext};

use super::{
    enqueue::{Envelope, KIND},
    read::set_up,
};
use crate::Access;

/// Sends mail.
pub(crate) struct SendMail(pub(crate) Access);

impl Job for SendMail {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Value>> {
        self.send(context).boxed()
    }
}

impl SendMail {
    async fn send(&self, context: &JobContext) -> Result<Value> {
        let inner = &self.0.0;
        let envelope: Envelope = serde_json::from_value(context.payload.clone()).map_err(Error::internal)?;
        let mail = envelope.open(&inner.master_key)?;
        let mut tx = inner.db.read(&Actor::system("mail")).await?;
        let server = set_up(&mut tx).await?.server(&inner.master_key)?;
        drop(tx);
        inner.settings.mail_carrier.carry(&server, &envelope.id, &mail).await?;
        Ok(json!({"to": mail.to}))
    }
}
