//! Hearing what other nodes changed: a connection that listens, made anew whenever it is lost.

use std::{sync::Weak, time::Duration};

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio_postgres::AsyncMessage;

use super::{CHANNEL, tls};
use crate::shared::{ANYTHING, Shared};

/// How long the opening of a database waits until it hears the other nodes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens for as long as the database is open; returns when it hears the others, or after a while.
pub(super) async fn spawn(config: tokio_postgres::Config, shared: Weak<Shared>) {
    let (subscribed, mut first) = watch::channel(false);
    tokio::spawn(async move {
        while shared.strong_count() > 0 {
            if let Err(error) = listen(&config, &shared, &subscribed).await {
                tracing::warn!(%error, "not listening to the database for the moment");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    tokio::time::timeout(PATIENCE, first.wait_for(|subscribed| *subscribed)).await.map(drop).ok();
}

async fn listen(
    config: &tokio_postgres::Config,
    shared: &Weak<Shared>,
    ever: &watch::Sender<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (client, mut connection) = config.connect(tls::connector()?).await?;
    let messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
    let mut messages = Box::pin(messages);
    let command = format!("LISTEN {CHANNEL}");
    let mut subscribing = Box::pin(client.batch_execute(&command));
    let mut subscribed = false;
    loop {
        tokio::select! {
            done = &mut subscribing, if !subscribed => {
                done?;
                subscribed = true;
                // Until now anything may have been missed.
                if let Some(shared) = shared.upgrade() {
                    shared.publish(ANYTHING.into());
                }
                ever.send_replace(true);
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(said))) => {
                    let Some(shared) = shared.upgrade() else { return Ok(()) };
                    // What this node has said itself it knows since its commit.
                    let other = |(node, _): &(&str, &str)| u64::from_str_radix(node, 16) != Ok(shared.node);
                    if let Some((_, signal)) = said.payload().split_once(' ').filter(other) {
                        shared.publish(signal.into());
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
            () = tokio::time::sleep(Duration::from_secs(5)) => {
                if shared.strong_count() == 0 {
                    return Ok(());
                }
            }
        }
    }
}
