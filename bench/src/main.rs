//! The load generator: starts the real program, fills it through its own doors, and measures what it costs.
//!
//! Every figure comes from one run on one machine and is set beside a target that holds on any: CPU time per request,
//! or a ratio to what the same machine does at that moment.
#![expect(clippy::print_stdout, reason = "its table is what it is for")]

mod arguments;
mod client;
mod cpu;
mod estate;
mod figure;
mod fill;
mod load;
mod product;
mod scenario;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use crate::{
    arguments::{Bench, Scenario},
    figure::Report,
};

/// One thread: the client shares the machine with the program, and must take little of it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let Bench { scenario, options } = Bench::parse();
    let mut report = Report::default();
    for scenario in scenario.parts() {
        match scenario {
            Scenario::Assign => scenario::assign::measure(&options, &mut report).await?,
            Scenario::Alone => scenario::assign::alone(&options, &mut report).await?,
            Scenario::Shared => scenario::shared::measure(&options, &mut report).await?,
            Scenario::Read => scenario::read::measure(&options, &mut report).await?,
            Scenario::Resources => scenario::resources::measure(&options, &mut report).await?,
            Scenario::Start => scenario::start::measure(&options, &mut report).await?,
            Scenario::Import => scenario::import::measure(&options, &mut report).await?,
            Scenario::All => {}
        }
    }
    println!("{}", if options.markdown { report.markdown() } else { report.table() });
    Ok(())
}
