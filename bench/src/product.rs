//! The program under test, as a process of its own.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    client::{Connection, Request},
    cpu,
};

/// The administrator.
pub(crate) const USER: &str = "admin";
/// The administrator's password.
pub(crate) const PASSWORD: &str = "correct-horse-battery";
/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it is ended with this value.
pub(crate) struct Product {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to its first answer to somebody who had to sign in.
    pub(crate) started_in: Duration,
}

impl Product {
    /// Starts it on the embedded database in this directory.
    pub(crate) async fn on_directory(program: &Path, directory: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(directory);
        Self::start(command).await
    }

    /// Starts it as a node on this PostgreSQL database.
    pub(crate) async fn on_postgres(program: &Path, url: &str) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--database", url]).env("PLATBOOK_MASTER_KEY", "5a".repeat(32));
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.env("PLATBOOK_ADMIN_PASSWORD", PASSWORD).env("PLATBOOK_LOG", "warn");
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{} can't be started", command.get_program().display()))?;
        let mut product = Self { child, port, started_in: Duration::ZERO };
        while begun.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(port).await {
                connection.call(&Request::get("/api/v2/ipam/netblocks?limit=1")).await?;
                product.started_in = begun.elapsed();
                return Ok(product);
            }
            if let Some(status) = product.child.try_wait()? {
                bail!("the server ended at its start: {status}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the server did not answer within {PATIENCE:?}")
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.port).await
    }

    /// Its CPU time so far, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu::of_process(self.child.id())
    }

    /// Its resident memory in megabytes: all of it, and without mapped files.
    pub(crate) fn memory(&self) -> Result<(f64, f64)> {
        cpu::memory(self.child.id())
    }

    /// How many transactions it has committed, each with one sync of the disk.
    pub(crate) async fn commits(&self) -> Result<f64> {
        let mut connection = self.connect().await?;
        connection.call(&Request::get("/metrics")).await?;
        let text = str::from_utf8(connection.body())?;
        let line = text.lines().find_map(|line| line.strip_prefix("platbook_commits_total "));
        Ok(line.context("the server does not count its commits")?.parse()?)
    }

    /// Has it end in order, as an operator would.
    pub(crate) fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        anyhow::ensure!(told.success(), "the server can't be told to stop");
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
