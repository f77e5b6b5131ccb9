//! Platbook: the system of record and provisioning for networks and data centres. One binary: the server, its
//! administration, and the client.

mod admin;
mod arguments;
mod audit;
mod backup;
mod change_log;
mod check;
mod contact_sources;
mod demo;
mod doors;
mod jobs;
mod log;
mod modules;
mod registries;
mod search;
mod serve;
mod server;
mod speech;
mod tls;
mod undo;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Command, Platbook};

/// Costs a request less than the allocator of the C library does, and gives more of it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // One provider of cryptography for everything; an error says that it is installed already.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(run(Platbook::parse().command));
    // Work that nobody waits for any more must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    outcome
}

async fn run(command: Command) -> ExitCode {
    let done = match command {
        Command::Serve(options) => serve::serve(&options).await,
        Command::Demo(options) => demo::demo(&options).await,
        Command::Admin { data, json, command } => admin::run(&data, command, json).await,
        Command::Migrate(data) => serve::migrate(&data).await,
        Command::Backup { data, file } => backup::backup(&data, &file).await,
        Command::Restore { data, file } => backup::restore(&data, &file).await,
        Command::Check(data) => check::check(&data).await,
        Command::Audit { data, command } => audit::run(&data, command).await,
        Command::Openapi => doors::openapi().await,
        Command::Actions => doors::actions().await,
        Command::Client(command) => return cli::run(command, &mut Platbook::command()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // Whoever has a command line may read what an API hides from its callers.
    let text = match error.downcast_ref::<kernel::Error>() {
        Some(kernel::Error::Internal(text)) => text.clone(),
        _ => format!("{error:#}"),
    };
    eprintln!("platbook: {text}");
    ExitCode::FAILURE
}
