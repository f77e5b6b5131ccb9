//! `platbook admin`: what is done on the machine itself, by whoever may read the data directory, or knows the URL of
//! the database.
//!
//! The embedded database belongs to one process. So a command asks the server that runs, through a [`Socket`] in the
//! data directory, and opens the database itself when none does. Either way [`perform`] does the work.

mod command;
mod request;
mod socket;

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use store::Db;
use tokio::time::Instant;

pub(crate) use command::{Command, run};
pub(crate) use request::{Request, perform};
pub(crate) use socket::Socket;

use crate::{arguments::Data, modules, serve};

/// How long to wait for a server that has the database open but does not listen yet, or no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Has the request done by the server that runs, or here when none does.
pub(crate) async fn ask(data: &Data, request: &Request) -> anyhow::Result<Value> {
    let directory = data.directory()?;
    let began = Instant::now();
    loop {
        if data.database.is_none()
            && let Some(answer) = socket::ask(&directory, request).await?
        {
            return answer.map_err(anyhow::Error::msg);
        }
        // A slip in the name of the directory must not make a new database.
        drop(Db::open_reader(&data.location()?, modules::setup()).await?);
        match serve::open(data).await {
            Ok(modules) => return Ok(perform(&modules, request).await?),
            Err(error) if is_busy(&error) && began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) if is_busy(&error) => {
                return Err(error)
                    .with_context(|| format!("no server answers at {}", socket::path(&directory).display()));
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(kernel::Error::Busy(_)))
}
